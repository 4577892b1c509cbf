import Documents

/// One dependency, as the health page tells of it.
package struct HealthCheck: Sendable, Encodable, Equatable {
    package var ok: Bool
    /// Why not; one sentence.
    package var detail: String?

    package init(ok: Bool, detail: String? = nil) {
        self.ok = ok
        self.detail = detail
    }

    private enum CodingKeys: String, CodingKey {
        case status, reason
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(ok ? "ok" : "failed", forKey: .status)
        try values.encodeIfPresent(detail, forKey: .reason)
    }
}

/// The body of `/health`.
struct WorkerHealth: Sendable, Encodable {
    enum Status: String, Encodable {
        case ready
        /// It works, but takes no jobs for a reason that another release would have as well: the budget is reached.
        case degraded
        case unready
    }

    struct Share: Encodable {
        var from: Int
        var to: Int
    }

    var status: Status
    var release: String
    var configDigest: String?
    var serviceMode: String
    var instance: String
    var share: Share
    var inFlight: Int
    var checks: [String: HealthCheck]

    enum CodingKeys: String, CodingKey {
        case status, release, instance, share, checks
        case configDigest = "config_digest"
        case serviceMode = "service_mode"
        case inFlight = "in_flight"
    }
}

/// Puts the health page together from what is known already, so that asking costs nothing and cannot hang.
struct WorkerHealthReporter: Sendable {
    let environment: WorkerEnvironment
    let state: WorkerState
    let configDigest: String?
    let serviceMode: String
    /// The providers' latest probes.
    let providers: @Sendable () -> [String: HealthCheck]

    func report() -> WorkerHealth {
        let required = providers().merging(["database": database, "work": work]) { $1 }
        let budget = HealthCheck(ok: state.budget == .open, detail: state.budget.refused?.detail)
        let status: WorkerHealth.Status =
            !required.values.allSatisfy(\.ok) ? .unready : budget.ok ? .ready : .degraded
        let share = state.share
        return WorkerHealth(
            status: status, release: environment.release, configDigest: configDigest, serviceMode: serviceMode,
            instance: environment.instance, share: .init(from: share.lower, to: share.upper),
            inFlight: state.inFlight, checks: required.merging(["budget": budget]) { $1 })
    }

    private var database: HealthCheck {
        let heartbeat = state.heartbeat
        guard let last = heartbeat.time else {
            return HealthCheck(ok: false, detail: heartbeat.error ?? "The first heartbeat is not written yet.")
        }
        let age = environment.now() - last
        guard age > environment.options.heartbeatTimeout.microseconds else { return HealthCheck(ok: true) }
        let why = heartbeat.error.map { ": \($0)" } ?? "."
        return HealthCheck(ok: false, detail: "The last heartbeat was \(age / 1_000_000) s ago\(why)")
    }

    private var work: HealthCheck {
        state.isDraining
            ? HealthCheck(ok: false, detail: "It is stopping and takes no more jobs.") : HealthCheck(ok: true)
    }
}
