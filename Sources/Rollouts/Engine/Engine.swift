import Analysis
import Definitions
import Logging
import Secrets
import Storage

/// The engine of one state directory: a runner for each rollout under way, and a steward for each environment that rests.
package actor Engine: RolloutEngine {
    /// How much longer than an action's time limit the lease has to last.
    package static let leaseMargin = Duration.seconds(30)

    package struct Parts: Sendable {
        package var database: any Database
        package var platform: any Platform
        package var router: any Router
        package var signals: any Signals
        package var smoke: any SmokeTests
        package var preflight: any Preflight
        package var commands: any Commands
        package var gates: any GateSource
        package var budgets: any Budgets
        package var clock: any EngineClock
        /// Makes an id that nobody has used.
        package var newID: @Sendable () -> String
        /// Names this state directory; the same after a restart.
        package var holder: String
        /// The time between two looks at signals.
        package var tick: Duration
        package var logger: Logger
        /// Begins the tasks.
        package var tasks: Tasks

        package init(
            database: any Database, platform: any Platform, router: any Router, signals: any Signals,
            smoke: any SmokeTests, preflight: any Preflight, commands: any Commands = NoCommands(),
            gates: any GateSource = NoTerms(), budgets: any Budgets = NoBudgets(),
            clock: any EngineClock = SystemClock(),
            newID: @Sendable @escaping () -> String, holder: String, tick: Duration = .seconds(2), logger: Logger,
            tasks: Tasks = Tasks()
        ) {
            self.database = database
            self.platform = platform
            self.router = router
            self.signals = signals
            self.smoke = smoke
            self.preflight = preflight
            self.commands = commands
            self.gates = gates
            self.budgets = budgets
            self.clock = clock
            self.newID = newID
            self.holder = holder
            self.tick = tick
            self.logger = logger
            self.tasks = tasks
        }
    }

    let parts: Parts
    let splitter: Splitter
    let followers = Followers()
    var runners: [String: (runner: Runner, environment: String, task: Task<Void, Never>)] = [:]
    var stewards: [String: Task<Void, Never>] = [:]
    /// Rollouts that are being begun or taken over just now.
    var beginning: Set<String> = []
    /// What is asked for where nothing is under way.
    var convergences: [String: [Task<Void, Never>]] = [:]
    /// What goes on while an interrupted rollout is continued.
    var adoptions: [String: [Task<Void, Never>]] = [:]
    /// Leases that others have, and what this engine does in environments that rest.
    var watched: [String: Watched] = [:]
    var rests: [String: Rest] = [:]
    private(set) var isShutDown = false

    package init(_ parts: Parts) {
        self.parts = parts
        splitter = Splitter(
            platform: parts.platform, router: parts.router, logger: parts.logger, tasks: parts.tasks,
            clock: parts.clock)
    }

    package func plan(_ request: RolloutRequest, callerSecrets: [String: Secret]) async throws -> Plan {
        let (release, record, baselines) = try await parts.database.read { connection in
            (
                try ReleaseRecord.release(request.release, connection),
                try EnvironmentRecord.state(request.environment, connection),
                try BaselineRecord.inForce(request.environment, connection).mapValues(\.baseline)
            )
        }
        let bundle = try await parts.preflight.bundle(
            request, release: release, callerSecrets: callerSecrets, seal: false, now: parts.clock.now)
        let course = Course.make(from: record.current, to: bundle, baselines: baselines)
        var plan = Plan.make(course, from: record.current, to: bundle)
        if !plan.nothingToDo { plan.gates = try await gates(request) }
        return plan
    }

    package func start(_ request: RolloutRequest, callerSecrets: [String: Secret]) async throws -> String {
        let requested = Event.Requested(
            environment: request.environment, kind: .rollout, release: request.release, actor: request.actor,
            reason: request.reason, strategy: request.strategy, machine: Rollout.machineVersion, target: nil,
            tick: parts.tick, overrides: request.overrides, source: request.source, key: request.key)
        return try await begin(requested, callerSecrets: callerSecrets)
    }

    /// Takes the lease, records the request, and runs it.
    func begin(_ requested: Event.Requested, callerSecrets: [String: Secret]) async throws -> String {
        if let id = try await known(requested.key, requested.question, requested.environment) { return id }
        await untilRetired(requested.environment)
        let id = parts.newID()
        beginning.insert(id)
        defer { beginning.remove(id) }
        let ((rollout, entry), lease, permit): ((Rollout, JournalEntry), Lease, Permit)
        do {
            ((rollout, entry), lease, permit) = try await settled { try await self.record(requested, id) }
        } catch {
            // The same question may have been on its way already.
            if let id = try await known(requested.key, requested.question, requested.environment) { return id }
            throw error
        }
        followers.announce(entry)
        // The first instance that has to leave would otherwise be stopped with its work.
        await adoptSplits(of: try await state(environment: requested.environment))
        stopSteward(requested.environment)
        run(rollout, lease, permit, callerSecrets)
        return id
    }

    /// What was begun for that key before.
    func known(_ key: String?, _ question: String, _ environment: String) async throws -> String? {
        guard key != nil else { return nil }
        return try await parts.database.read {
            try RequestKey.rollout(key, question, environment: environment, $0)
        }
    }

    /// Seconds that another engine's turn in an environment that rests is waited for.
    private static let patience = 150

    /// Tries again while it is not known whether it was recorded (the id tells), and while another engine has its turn.
    private func settled<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        var lost = 0
        for _ in 0..<Self.patience {
            do { return try await body() } catch DatabaseError.connectionLost(_, let reason) where lost < 4 {
                lost += 1
                parts.logger.warning("asking again whether a rollout was recorded: \(reason)")
            } catch RolloutError.locked(_, let holder, nil, _, _) {
                parts.logger.info("a rollout waits while \(holder) has its turn")
            }
            try await parts.clock.sleep(for: .seconds(1))
        }
        return try await body()
    }

    private func record(
        _ requested: Event.Requested, _ id: String
    ) async throws -> ((Rollout, JournalEntry), Lease, Permit) {
        let now = parts.clock.now
        try await parts.database.read { try Self.refuseSecond(requested, id, now, $0) }
        return try await taking(
            requested.environment, for: id, lasting: .seconds(170) + Engine.leaseMargin
        ) { lease, connection in
            if let first = try Journal.entries(id, after: 0, connection).first {
                return (try Journal.fold(id, connection), first)
            }
            if requested.kind == .rollout { _ = try ReleaseRecord.release(requested.release, connection) }
            try Self.refuseSecond(requested, id, now, connection)
            let step = try Journal.step(Rollout(id: id), .requested(requested), at: now, lease: lease, connection)
            return (step.rollout, step.entry)
        }
    }

    /// - Throws: `RolloutError.locked`, naming the rollout that is under way.
    private static func refuseSecond(
        _ requested: Event.Requested, _ id: String, _ now: Timestamp, _ connection: any Connection
    ) throws {
        guard let other = try EnvironmentRecord.row(requested.environment, connection).rollout, other != id else {
            return
        }
        let running = try Journal.rollout(other, connection)
        throw RolloutError.locked(
            environment: requested.environment, holder: running.actor, rollout: other,
            since: running.startedAt ?? now, what: running.what)
    }

    private func gates(_ request: RolloutRequest) async throws -> [GateResult] {
        var terms = try await parts.gates.terms(environment: request.environment)
        terms.promotesFrom = terms.promotesFrom ?? request.source
        return try await GateQuestion(
            database: parts.database, source: parts.gates, now: parts.clock.now, environment: request.environment,
            release: request.release, reason: request.reason, overrides: request.overrides ?? [], approvedBy: nil
        ).answer(terms)
    }

    /// What is being stopped since its window ended is gone before anything begins that may start it again.
    private func untilRetired(_ environment: String) async {
        for running in runners.values where running.environment == environment {
            if await running.runner.snapshot.outcome != nil { await running.task.value }
        }
    }

    func run(
        _ rollout: Rollout, _ lease: Lease, _ permit: Permit, _ callerSecrets: [String: Secret],
        adopted: Task<Void, Never>? = nil
    ) {
        guard !isShutDown else { return }
        let performer = Performer(
            database: parts.database, platform: parts.platform, splitter: splitter, signals: parts.signals,
            smoke: parts.smoke, preflight: parts.preflight, commands: parts.commands, gateSource: parts.gates,
            budgets: parts.budgets, clock: parts.clock, callerSecrets: callerSecrets, tasks: parts.tasks,
            permit: permit)
        let followers = followers
        let runner = Runner(
            rollout: rollout, lease: lease, performer: performer, tick: parts.tick, logger: parts.logger,
            adopted: adopted
        ) { followers.announce($0) }
        let (environment, id) = (rollout.environment, rollout.id)
        let refresh = parts.tasks.begin { await self.refreshWhile(environment, permit) }
        let task = parts.tasks.begin {
            await runner.run()
            refresh.cancel()
            await refresh.value
            await self.endAdoptions(id)
            // Not before: what was on its way would arrive while somebody else acts.
            if await runner.isFinished {
                await self.giveBack(lease)
            } else {
                await self.splitter.forget(environment: environment)
            }
            await self.ended(id, environment)
        }
        runners[id] = (runner, environment, task)
    }

    /// While a rollout runs, instances that crash and return get their traffic back.
    private func refreshWhile(_ environment: String, _ permit: Permit) async {
        while !Task.isCancelled {
            do { try await parts.clock.sleep(for: .seconds(1)) } catch { return }
            guard permit.isValid else { continue }
            await splitter.refresh(environment: environment, permit)
        }
    }

    private func endAdoptions(_ id: String) async {
        let tasks = adoptions.removeValue(forKey: id) ?? []
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }

    private func ended(_ id: String, _ environment: String) {
        runners[id] = nil
        followers.nudge(rollout: id)
        let isBusy = runners.values.contains { $0.environment == environment }
        if !isShutDown, !isBusy { startSteward(environment) }
    }

    /// Who runs the rollout; taken over where nobody does.
    /// - Throws: `RolloutError.locked` where another engine does.
    func runner(_ id: String) async throws -> Runner {
        if let running = runners[id] { return running.runner }
        try await takeOver(id)
        guard let running = runners[id] else {
            throw RolloutError.notPossible("rollout \(id) is being begun or taken over just now: try again")
        }
        return running.runner
    }

    package func shutDown() async {
        isShutDown = true
        for running in runners.values { running.task.cancel() }
        let rest =
            Array(stewards.values) + (Array(adoptions.values) + Array(convergences.values)).flatMap { $0 }
        for task in rest { task.cancel() }
        for running in runners.values { await running.task.value }
        for task in rest { await task.value }
    }
}
