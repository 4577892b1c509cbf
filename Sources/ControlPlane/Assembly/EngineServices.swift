import AsyncAlgorithms
import Logging
import Operations
import Rollouts
import ServiceLifecycle

/// Continues what was interrupted, then lets go of everything when the group shuts down; instances live on.
struct EngineService: Service {
    let engine: any RolloutEngine
    let environments: any EnvironmentSource
    let logger: Logger

    func run() async throws {
        do {
            try await engine.resumeAll(environments: try environments.names())
        } catch {
            logger.critical("what was interrupted cannot go on", metadata: ["error": "\(error)"])
            throw error
        }
        try? await gracefulShutdown()
        await engine.shutDown()
    }
}

/// Something that loops for ever and ends when cancelled, as a service that ends without an error.
struct LoopService: Service {
    let name: String
    let loop: @Sendable () async throws -> Void

    func run() async throws {
        do {
            try await cancelWhenGracefulShutdown { try await loop() }
        } catch is CancellationError {}
    }
}

/// Does something again and again; a failure is logged when it first occurs, and does not end it.
struct PeriodicService: Service {
    let name: String
    let every: Duration
    let pulse: any Clock<Duration>
    let logger: Logger
    let body: @Sendable () async throws -> Void

    func run() async throws { await run(pulse) }

    private func run(_ pulse: some Clock<Duration>) async {
        var lastFailure: String?
        for await _ in AsyncTimerSequence(interval: every, clock: pulse).cancelOnGracefulShutdown() {
            do {
                try await body()
                lastFailure = nil
            } catch {
                let failure = "\(error)"
                if failure != lastFailure {
                    logger.warning("\(name) failed", metadata: ["error": "\(failure)"])
                }
                lastFailure = failure
            }
        }
    }
}

/// Tells open pages what is recorded in any environment.
actor ChangeFeed {
    private let engine: any RolloutEngine
    private let environments: any EnvironmentSource
    private let hub: ChangeHub
    private var seen: [String: Int] = [:]
    private var states: [String: EnvironmentState] = [:]

    init(engine: any RolloutEngine, environments: any EnvironmentSource, hub: ChangeHub) {
        self.engine = engine
        self.environments = environments
        self.hub = hub
    }

    func look() async throws {
        for name in try environments.names() {
            let state = try await engine.state(environment: name)
            for rollout in Set([state.rollout, state.last].compactMap(\.self)).sorted() {
                try await announce(rollout, in: name, isNew: state.rollout == rollout)
            }
            if let before = states[name], before != state { hub.announce(name, nil) }
            states[name] = state
        }
    }

    private func announce(_ rollout: String, in environment: String, isNew: Bool) async throws {
        // What ended before this engine looked for the first time is not news.
        let after = seen[rollout] ?? (isNew || states[environment] != nil ? 0 : Int.max)
        guard after != Int.max else {
            seen[rollout] = try await engine.rollout(rollout).seq
            return
        }
        for entry in try await engine.journal(rollout: rollout, after: after) {
            seen[rollout] = entry.seq
            hub.announce(environment, try EventText.document(entry))
        }
    }
}
