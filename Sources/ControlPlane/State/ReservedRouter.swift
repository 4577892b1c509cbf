import Rollouts

/// A router that writes down what should be before it makes it so, and gets the reserve's space for that when the disk is
/// full: a rollback ends though nothing else can be begun any more.
package struct ReservedRouter: Router {
    /// With less than this, in bytes, a failure to write may be for want of room.
    private static let little: Int64 = 1 << 20

    private let base: any Router
    private let space: DiskSpace
    /// Told when the reserve was given up.
    private let freed: @Sendable () -> Void

    package init(_ base: any Router, space: DiskSpace, freed: @Sendable @escaping () -> Void) {
        self.base = base
        self.space = space
        self.freed = freed
    }

    package func apply(_ split: TrafficSplit) async throws(RouterError) {
        try await withRoom { () async throws(RouterError) in try await base.apply(split) }
    }

    package func drain(
        _ split: TrafficSplit, bundle: Digest, deadline: Duration
    ) async throws(RouterError) -> Int {
        try await withRoom { () async throws(RouterError) in
            try await base.drain(split, bundle: bundle, deadline: deadline)
        }
    }

    package func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int {
        try await withRoom { () async throws(RouterError) in
            try await base.withdraw(leaving, for: split, deadline: deadline)
        }
    }

    package func remove(environment: String, service: String) async throws(RouterError) {
        try await withRoom { () async throws(RouterError) in
            try await base.remove(environment: environment, service: service)
        }
    }

    package func door(_ bundle: Bundle, port: Int) async throws(RouterError) -> RouterDoor {
        try await base.door(bundle, port: port)
    }

    package func certificates(environment: String) async -> [RouterCertificate]? {
        await base.certificates(environment: environment)
    }

    package func observe(environment: String, service: String) async throws(RouterError) -> RouterObservation {
        try await base.observe(environment: environment, service: service)
    }

    /// Every action of a router may be done twice.
    private func withRoom<T>(_ action: () async throws(RouterError) -> T) async throws(RouterError) -> T {
        do {
            return try await action()
        } catch {
            guard case .cannotStart = error, let available = space.available, available < Self.little,
                space.reserve.free()
            else { throw error }
            freed()
            return try await action()
        }
    }
}
