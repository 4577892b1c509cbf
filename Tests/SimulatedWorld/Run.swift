import Definitions
import Logging
import Rollouts
import Storage
import TestSupport

/// One process: an engine and how it reaches the rest.
struct Process {
    let incarnation: Incarnation
    let engine: Engine
    let wire: Wire
}

/// How a run ended, as far as it may not hang on faults.
struct Ending: Equatable {
    var outcomes: [String]
    var current: String?
    /// Weights in force, by service and release.
    var weights: [String: [String: Int]]
    /// Instances by service and release.
    var instances: [String: Int]
}

/// The real engine, with everything around it in virtual time: one scenario, one disturbance, one seed.
// Only the thread that runs the simulation ever touches it.
final class Run: @unchecked Sendable {
    static let environment = "dev"
    static let second: Int64 = 1_000_000

    let scenario: Scenario
    let disturbance: Disturbance
    let timeline: Timeline
    let store: Store
    let rules: Rules
    let world: World
    let fates: Fates
    /// Each engine's host has its own.
    private var walls: [String: SimulatedClock.Wall] = [:]
    let old: Bundle?
    private(set) var processes: [Process] = []
    private(set) var kills = 0
    private var dice: SplitMix
    private var ids: [String: Int] = [:]
    /// Deeds that are not done yet.
    var openDeeds = 0
    var openPauses = 0
    private var quietSince: Int64?
    private var isDone = false
    private var stillOpen = 0
    /// Answers that people got, in order.
    var answers: [String] = []
    /// Sees each record.
    var watchers: [(JournalEntry) -> Void] = []

    init(
        _ scenario: Scenario, _ disturbance: Disturbance = Disturbance(), bundles: [Bundle]? = nil,
        faults: [String: Fault]? = nil, old: String? = "v1"
    ) throws {
        self.scenario = scenario
        self.disturbance = disturbance
        let seed = scenario.seed
        timeline = Timeline(shuffleSeed: seed % 2 == 0 ? seed : nil)
        store = try Store(timeline, seed: seed ^ 1)
        let bundles = bundles ?? Run.bundles(scenario)
        self.old = scenario.isFirst ? nil : bundles.first { $0.release == old }
        rules = Rules(timeline, environment: Run.environment, bundles: bundles, current: self.old)
        world = World(
            timeline, rules, weather: scenario.weather, bundles: bundles, faults: faults ?? ["v2": scenario.fault])
        fates = Fates(disturbance, seed: seed ^ 2)
        dice = SplitMix(seed: seed &* 7_919)
        store.lostAnswers = disturbance.lostCommits
        try prepare(bundles)
    }

    static func bundles(_ scenario: Scenario) -> [Bundle] {
        var steps = scenario.needsApproval ? [.approve(nil)] + canary : canary
        if scenario.runsCommand, let weight = steps.firstIndex(of: .weight(10)) {
            steps.insert(.run(command), at: weight + 1)
        }
        return (1...3).map {
            bundle(
                $0, environment: environment, release: "v\($0)", surge: scenario.limits?.surge,
                unavailable: scenario.limits?.unavailable, steps: steps)
        }
    }

    private func prepare(_ bundles: [Bundle]) throws {
        try store.memory.write { connection in
            for bundle in bundles {
                let release = Release(
                    version: bundle.release, digest: bundle.releaseDigest, artifacts: bundle.services.map(\.artifact),
                    createdAt: Timestamp(microseconds: 0), createdBy: "simulation")
                _ = try ReleaseRecord.record(release, connection)
            }
            guard let old else { return }
            try BundleStore.save(old, connection)
            try connection.execute(
                "INSERT INTO environments (name, current_bundle) VALUES (?, ?)", [Run.environment, old.digest.text])
        }
        if let old { world.begin(old) }
        store.onRecord = { [unowned self] entry, connection, incarnation in
            try rules.record(entry, connection, incarnation)
            for watcher in watchers { watcher(entry) }
        }
        store.onCommit = { [unowned self] in mayKill($0) }
        rules.holder = { [unowned self] in store.holders[Run.environment] }
    }

    // MARK: Processes

    /// Starts an engine of that state directory, as after a boot.
    @discardableResult
    func boot(_ holder: String = "a") -> Process {
        let incarnation = Incarnation(
            name: "\(holder)\(processes.count { $0.incarnation.holder == holder } + 1)", holder: holder, timeline)
        let clock = SimulatedClock(incarnation: incarnation, wall: wall(holder))
        let wire = Wire(world, incarnation, clock, fates)
        let engine = Engine(
            .init(
                database: SimulatedDatabase(store, incarnation), platform: wire, router: wire, signals: wire,
                smoke: wire, preflight: wire, commands: wire, clock: clock, newID: { [unowned self] in newID() },
                holder: holder,
                logger: logger(incarnation), tasks: Tasks(executor: incarnation)))
        let process = Process(incarnation: incarnation, engine: engine, wire: wire)
        processes.append(process)
        timeline.note(incarnation.name, "starts")
        Task(executorPreference: incarnation) {
            do { try await engine.resumeAll(environments: [Run.environment]) } catch {
                // As the service manager does with a control plane that cannot start.
                guard incarnation.life == .alive else { return }
                self.timeline.note(incarnation.name, "does not start: \(error)")
                self.kill(incarnation, restartAfter: 5 * Run.second)
            }
        }
        return process
    }

    private func wall(_ holder: String) -> SimulatedClock.Wall {
        if let wall = walls[holder] { return wall }
        let wall = SimulatedClock.Wall()
        walls[holder] = wall
        return wall
    }

    func newID(_ kind: String = "r") -> String {
        ids[kind, default: 0] += 1
        return "\(kind)\(ids[kind] ?? 0)"
    }

    private func logger(_ incarnation: Incarnation) -> Logger {
        var logger = Logger(label: incarnation.name) { _ in TraceLog(timeline: self.timeline, name: incarnation.name) }
        logger.logLevel = .warning
        return logger
    }

    /// The process that people talk to.
    func live(_ holder: String? = nil) -> Process? {
        processes.last { $0.incarnation.life == .alive && (holder == nil || $0.incarnation.holder == holder) }
    }

    func kill(_ incarnation: Incarnation, restartAfter delay: Int64) {
        kills += 1
        incarnation.kill()
        world.abandon()
        timeline.plan(delay) { self.boot(incarnation.holder) }
    }

    private func mayKill(_ incarnation: Incarnation) {
        guard kills < disturbance.kills, incarnation.life == .alive, dice.chance(disturbance.killChance) else { return }
        kill(incarnation, restartAfter: Int64.random(in: disturbance.restart, using: &dice))
    }

    // MARK: The run

    /// Runs to the end: no rollout is under way, the previous bundle's window is over, and it is quiet.
    func run(limit: Int64 = 200_000) throws {
        plan()
        watchForTheEnd()
        try timeline.run(limit: limit * Run.second) { isDone }
        try rules.checkFolds(store)
        if let violation = timeline.violation { throw violation }
    }

    private func plan() {
        boot()
        for trouble in disturbance.databaseTrouble {
            let (from, to) = (trouble.seconds.lowerBound * Run.second, trouble.seconds.upperBound * Run.second)
            store.troubles.append((from, to, trouble.holder, trouble.error))
        }
        for step in disturbance.clockSteps {
            timeline.plan(step.at * Run.second) {
                let whose = step.holder.map { " of \($0)" } ?? ""
                self.timeline.note("world", "the clock\(whose) is stepped by \(step.by) s")
                for holder in ["a", "b"] where (step.holder ?? holder) == holder {
                    self.wall(holder).offset += step.by * Run.second
                }
            }
        }
        if let second = disturbance.secondEngine { timeline.plan(second * Run.second) { self.boot("b") } }
        if let freeze = disturbance.freeze { plan(freeze) }
    }

    private func plan(_ freeze: ClosedRange<Int64>) {
        timeline.plan(freeze.lowerBound * Run.second) {
            guard let process = self.live("a") else { return }
            process.incarnation.freeze()
            self.timeline.plan((freeze.upperBound - freeze.lowerBound) * Run.second) { process.incarnation.thaw() }
        }
    }

    private func watchForTheEnd() {
        timeline.plan(Run.second) {
            do { try self.look() } catch { self.timeline.forbid("the database cannot be read: \(error)") }
            if !self.isDone { self.watchForTheEnd() }
        }
    }

    /// When the last thing happens that the scenario or the disturbance names.
    private var lastTrouble: Int64 {
        let weather = scenario.weather
        let seconds =
            [
                weather.outage?.upperBound, weather.darkness?.upperBound, weather.blindness?.seconds.upperBound,
                disturbance.freeze?.upperBound,
            ]
            .compactMap(\.self) + weather.deaths.map(\.at) + disturbance.databaseTrouble.map(\.seconds.upperBound)
            + disturbance.clockSteps.map(\.at) + [disturbance.secondEngine ?? 0]
        return (seconds.max() ?? 0) * Run.second
    }

    private func look() throws {
        let isFrozen = processes.contains { $0.incarnation.life == .frozen }
        // What costs a query comes last.
        guard openDeeds == 0, live() != nil, !isFrozen, timeline.now > lastTrouble, try isAtRest() else {
            return quietSince = nil
        }
        let since = quietSince ?? timeline.now
        quietSince = since
        // Long enough for instances to come back, and for what failed to be tried again.
        isDone = timeline.now - since >= 60 * Run.second
    }

    private func isAtRest() throws -> Bool {
        try store.memory.read { connection in
            let row = try EnvironmentRecord.row(Run.environment, connection)
            guard row.rollout == nil, row.previous == nil || row.warmUntil == nil else { return false }
            return try connection.query("SELECT id FROM rollouts WHERE outcome IS NULL").isEmpty
        }
    }

    func ending() throws -> Ending {
        let rollouts = try rollouts()
        let state = try store.memory.read { try EnvironmentRecord.state(Run.environment, $0) }
        let names = Dictionary(uniqueKeysWithValues: world.bundles.values.map { ($0.digest, $0.release) })
        let weights = world.splits.mapValues { split in
            Dictionary(uniqueKeysWithValues: split.arms.filter { $0.percent > 0 }.map { ($0.release, $0.percent) })
        }
        var instances: [String: Int] = [:]
        for (place, group) in world.groups {
            instances["\(place.service) \(names[place.bundle] ?? "")"] = group.copies.count
        }
        return Ending(
            outcomes: rollouts.map { "\($0.kind.rawValue) \($0.release) \($0.outcome?.rawValue ?? "")" },
            current: state.current?.release, weights: weights, instances: instances)
    }

    func rollouts() throws -> [Rollout] {
        try store.memory.read { connection in try rules.begun.map { try Journal.rollout($0, connection) } }
    }

    /// Ends every process, so that nothing of this run stays in memory.
    /// - Throws: `Violation` when an engine does not end.
    func close() throws {
        stillOpen = processes.count
        for process in processes {
            process.incarnation.end()
            Task(executorPreference: process.incarnation) {
                await process.engine.shutDown()
                self.stillOpen -= 1
            }
        }
        guard timeline.finish({ stillOpen == 0 }) else { throw Violation(description: "an engine does not shut down") }
    }
}

extension Disturbance.Trouble {
    var error: DatabaseError {
        switch kind {
        case .busy: .busy("simulation")
        case .full: .full("simulation")
        case .gone: .unreachable("simulation", reason: "nobody answers")
        }
    }
}

/// What engines log goes into the trace.
struct TraceLog: LogHandler {
    let timeline: Timeline
    let name: String
    var logLevel = Logger.Level.warning
    var metadata: Logger.Metadata = [:]

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { timeline.note(name, "(\(event.level)) \(event.message)") }
}
