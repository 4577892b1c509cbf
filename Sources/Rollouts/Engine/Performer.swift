import Definitions
import Logging
import Secrets
import Storage

/// Carries one rollout's actions out, and says what came of them. What goes wrong is an event as well.
struct Performer: Sendable {
    let database: any Database
    let platform: any Platform
    let splitter: Splitter
    let signals: any Signals
    let smoke: any SmokeTests
    let preflight: any Preflight
    let commands: any Commands
    let gateSource: any GateSource
    let budgets: any Budgets
    let clock: any EngineClock
    let callerSecrets: [String: Secret]
    let tasks: Tasks
    /// Whether the lease lasts.
    let permit: Permit

    /// - Returns: nil when the task was cancelled, and there is nothing to tell.
    func perform(_ action: Action, of rollout: Rollout) async -> Event? {
        do {
            let event = try await inTime(action, rollout)
            return Task.isCancelled ? nil : event
        } catch {
            if Task.isCancelled { return nil }
            return .actionFailed(.init(action: action.key, reason: Self.sentence(error), log: Self.log(error)))
        }
    }

    /// The platform keeps its own deadlines, and says more than that they have passed: they come first.
    private func inTime(_ action: Action, _ rollout: Rollout) async throws -> Event {
        let limit = action.limit + .seconds(5)
        guard case .analyse(let services) = action.work else {
            return try await tasks.within(limit, action.work.kind, clock) {
                try await bring(about: action, of: rollout)
            }
        }
        do {
            return try await tasks.within(limit, "the look", clock) { try await bring(about: action, of: rollout) }
        } catch let error as TimeLimitError {
            let sample = SignalSample(
                service: services.first ?? "", at: clock.now, epoch: "", arms: [], broken: error.description)
            return .sampled(.init(action: action.key, sample: sample))
        }
    }

    private func bring(about action: Action, of rollout: Rollout) async throws -> Event {
        switch action.work {
        case .preflight: return await prepare(action, rollout)
        case .checkGates: return try await checkGates(action, rollout)
        case .migrate(let digest):
            let bundle = try await bundle(digest)
            try permit.check()
            let report = try await platform.migrate(bundle, deadline: action.limit)
            return .migrated(.init(action: action.key, output: report.output))
        case .ensure(let service, let digest, let count):
            return try await ensure(action, rollout, service, digest, count)
        case .smoke(let stage, let digest, let services):
            let request = try await smokeRequest(rollout, stage, digest, services)
            try permit.check()
            let report = await smoke.run(request)
            return .smokeFinished(
                .init(action: action.key, stage: stage, bundle: digest, passed: report.passed, report: report))
        case .split(let service, let percent): return try await split(action, rollout, service, percent)
        case .analyse(let services):
            let sample = await sample(services.first ?? "", rollout)
            return .sampled(.init(action: action.key, sample: sample))
        case .command(let call):
            try permit.check()
            return await run(call, action, rollout)
        case .shrink(let service, let digest, let count):
            return try await shrink(action, rollout, service, digest, count)
        case .stop(let service, let digest): return try await stop(action, rollout, service, digest)
        }
    }

    private func ensure(
        _ action: Action, _ rollout: Rollout, _ service: String, _ digest: Digest, _ count: Int
    ) async throws -> Event {
        do {
            let bundle = try await bundle(digest)
            try permit.check()
            // The old bundle's instances are never kept from coming back.
            if rollout.kind == .rollout, digest == rollout.course?.to { try await budgets.set(for: bundle, rollout) }
            try permit.check()
            let instances = try await platform.ensure(
                bundle, service: service, count: count, deadline: action.limit)
            if let flaw = await unknownMetrics(rollout, service, digest) {
                return .instancesNotReady(
                    .init(
                        action: action.key, service: service, bundle: digest, reason: flaw, log: [],
                        oldIsUnreadyToo: false))
            }
            return .instancesReady(
                .init(action: action.key, service: service, bundle: digest, instances: instances.map(\.id)))
        } catch PlatformError.notReady(_, let reason, let log) {
            let old = try await platform.instances(environment: rollout.environment).filter {
                $0.service == service && $0.bundle == rollout.course?.from && $0.bundle != digest
            }
            return .instancesNotReady(
                .init(
                    action: action.key, service: service, bundle: digest, reason: reason, log: log,
                    oldIsUnreadyToo: !old.isEmpty && !old.contains(where: \.ready)))
        }
    }

    private func split(
        _ action: Action, _ rollout: Rollout, _ service: String, _ percent: Int
    ) async throws -> Event {
        guard let course = rollout.course else { throw RolloutError.notPossible("there is no course yet") }
        let intent = SplitIntent(
            environment: rollout.environment, service: service, from: try await bundle(course.from),
            to: try await bundle(course.to), percent: percent)
        let split = try await splitter.apply(intent, permit)
        let weights = split.arms.map {
            Event.WeightsShifted.Weight(bundle: $0.bundle, release: $0.release, percent: $0.percent)
        }
        return .weightsShifted(.init(action: action.key, service: service, percent: percent, weights: weights))
    }

    private func stop(
        _ action: Action, _ rollout: Rollout, _ service: String, _ digest: Digest
    ) async throws -> Event {
        let limit = rollout.course?.leg(service)?.drainLimit ?? .seconds(30)
        let left = try await splitter.drain(
            environment: rollout.environment, service: service, bundle: digest, deadline: limit, permit)
        try permit.check()
        try await platform.stop(environment: rollout.environment, service: service, bundle: digest)
        return .instancesStopped(.init(action: action.key, service: service, bundle: digest, cutOff: left))
    }

    private func run(_ call: CommandCall, _ action: Action, _ rollout: Rollout) async -> Event {
        var variables = [
            "TIDEGATE_ENVIRONMENT": rollout.environment, "TIDEGATE_ROLLOUT": rollout.id,
            "TIDEGATE_RELEASE": rollout.course?.toRelease ?? rollout.release, "TIDEGATE_STAGE": call.stage.name,
            "TIDEGATE_MOMENT": call.kind.rawValue,
        ]
        variables["TIDEGATE_PREVIOUS_RELEASE"] = rollout.course?.fromRelease
        variables["TIDEGATE_SERVICE"] = call.stage.service
        let report = await commands.run(
            CommandRequest(
                command: call.command.command, variables: variables, bundle: rollout.course?.to ?? Digest(of: []),
                limit: action.limit))
        return .commandEnded(.init(action: action.key, title: call.title, report: report))
    }

    /// The unready leave first, then the youngest.
    private func shrink(
        _ action: Action, _ rollout: Rollout, _ service: String, _ digest: Digest, _ count: Int
    ) async throws -> Event {
        let running = try await platform.instances(environment: rollout.environment)
            .filter { $0.service == service && $0.bundle == digest }
            .sorted { ($0.ready ? 0 : 1, $0.since, $0.id) < ($1.ready ? 0 : 1, $1.since, $1.id) }
        let leaving = running.dropFirst(count).map(\.id)
        var left = 0
        if !leaving.isEmpty {
            left = try await splitter.withdraw(
                environment: rollout.environment, service: service, instances: Set(leaving),
                deadline: rollout.course?.leg(service)?.drainLimit ?? .seconds(30), permit)
            try permit.check()
            try await platform.stop(environment: rollout.environment, instances: leaving)
        }
        return .instancesStopped(
            .init(action: action.key, service: service, bundle: digest, cutOff: left, left: count))
    }

    private func smokeRequest(
        _ rollout: Rollout, _ stage: SmokeRequest.Stage, _ digest: Digest, _ services: [String]
    ) async throws -> SmokeRequest {
        let bundle = try await bundle(digest)
        try await awaitReady(bundle, services, rollout)
        let instances = try await platform.instances(environment: rollout.environment)
        var addresses: [String: String] = [:]
        var doors: [String: RouterDoor] = [:]
        var digests: [String: String] = [:]
        for service in services {
            guard let definition = bundle.service(service) else { continue }
            digests[service] = definition.configDigest
            let instance = instances.first { $0.service == service && $0.bundle == digest && $0.ready }
            if stage == .final, let port = definition.port {
                doors[service] = try await splitter.door(bundle, port: port)
            } else {
                addresses[service] = instance?.url
            }
        }
        return SmokeRequest(
            environment: rollout.environment, release: bundle.release, bundle: digest, stage: stage,
            addresses: addresses, doors: doors, configDigests: digests, paths: bundle.contractPaths, services: services,
            suites: bundle.smoke)
    }

    /// After a restart of the engine the instances run, and have not been asked yet: that is not the release's failure.
    private func awaitReady(_ bundle: Bundle, _ services: [String], _ rollout: Rollout) async throws {
        let instances = try await platform.instances(environment: rollout.environment)
        for service in services.compactMap(bundle.service) {
            let own = instances.filter { $0.service == service.name && $0.bundle == bundle.digest }
            guard !own.isEmpty, !own.contains(where: \.ready) else { continue }
            try permit.check()
            _ = try await platform.ensure(
                bundle, service: service.name, count: max(1, rollout.count(of: service.name, bundle: bundle.digest)),
                deadline: service.health.start ?? .seconds(30))
        }
    }

    func bundle(_ digest: Digest) async throws -> Bundle {
        try await database.read { try BundleStore.bundle(digest, $0) }
    }

    private func bundle(_ digest: Digest?) async throws -> Bundle? {
        guard let digest else { return nil }
        return try await bundle(digest) as Bundle
    }

    private static func sentence(_ error: any Error) -> String {
        switch error {
        case let error as PlatformError: error.description
        case let error as RouterError: error.description
        default: "\(error)"
        }
    }

    private static func log(_ error: any Error) -> [String] {
        switch error {
        case PlatformError.notReady(_, _, let log), PlatformError.migrationFailed(_, let log): log
        default: []
        }
    }
}
