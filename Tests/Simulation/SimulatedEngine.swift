import Rollouts
import Storage
import TestSupport

/// The real step and the real fold, fed by a loop over virtual time instead of the asynchronous shell.
final class SimulatedEngine {
    private enum Thing: Equatable {
        case perform(Action)
        case look(Action)
        case deadline(String)
        case person(Event)
        case windowEnd
    }

    let world: World
    let connection: any Connection
    let id: String
    private(set) var now: Int64 = 0
    private(set) var rollout: Rollout
    private(set) var kills = 0
    private var lease: Lease
    private var queue: [(at: Int64, order: Int, thing: Thing)] = []
    private var order = 0
    private var kill: SplitMix?
    private var ids: Int = 0

    /// - Parameter killSeed: kills the engine now and then, at records drawn from this seed.
    init(_ world: World, id: String, killSeed: UInt64?, _ connection: any Connection) throws {
        self.world = world
        self.id = id
        self.connection = connection
        kill = killSeed.map { SplitMix(seed: $0) }
        lease = try Lease.acquire(
            environment: world.new.environment, holder: "engine", purpose: id, until: Self.time(60_000_000),
            now: Self.time(0), connection)
        rollout = Rollout(id: id)
        let requested = Event.Requested(
            environment: world.new.environment, kind: .rollout, release: world.new.release, actor: "simulation",
            reason: nil, strategy: nil, machine: Rollout.machineVersion, target: nil, tick: .seconds(2))
        try record(.requested(requested))
        let weather = world.scenario.weather
        let person = Event.ByPerson(by: "somebody", reason: nil)
        if let at = weather.abortAt { add(at * 1_000_000, .person(.abortRequested(person))) }
        if let at = weather.pauseAt {
            add(at * 1_000_000, .person(.paused(person)))
            add((at + 60) * 1_000_000, .person(.resumed(person)))
        }
    }

    static func time(_ microseconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds) }

    /// Runs to the end, and past the window of the previous bundle.
    func run(limit: Int64 = 12 * 3_600) throws {
        while let next = pop() {
            guard next.at <= limit * 1_000_000 || rollout.outcome != nil else {
                throw Violation(description: "no end after \(limit) s: \(rollout.stage) \(rollout.pending)")
            }
            now = max(now, next.at)
            try take(next.thing)
            try check()
        }
        guard rollout.outcome != nil else { throw Violation(description: "it stopped in \(rollout.stage)") }
    }

    private func take(_ thing: Thing) throws {
        switch thing {
        case .perform(let action):
            guard rollout.pending.contains(action) else { return }
            let event = try perform(action)
            if dies() { return try restart() }
            try record(event)
        case .look(let action):
            guard rollout.pending.contains(action), case .analyse(let services) = action.work else { return }
            for service in services where rollout.pending.contains(action) {
                try record(.sampled(.init(action: action.key, sample: world.sample(service, now))))
            }
            if rollout.pending.contains(action) { add(now + 2_000_000, .look(action)) }
        case .deadline(let id):
            if rollout.deadline?.id == id { try record(.deadlineReached(.init(deadline: id))) }
        case .person(let event):
            do { try record(event) } catch is TransitionError { return }
        case .windowEnd:
            guard let previous = rollout.course?.from, !rollout.previousRetired, rollout.pending.isEmpty else { return }
            lease = try Lease.acquire(
                environment: rollout.environment, holder: "engine", purpose: id,
                until: Self.time(now + 60_000_000), now: Self.time(now), connection)
            try record(.windowEnded(.init(previous: previous)))
        }
    }

    private func dies() -> Bool { kill?.chance(0.08) ?? false }

    private func record(_ event: Event) throws {
        let step = try Journal.step(rollout, event, at: Self.time(now), lease: lease, connection)
        let before = rollout.outcome
        rollout = step.rollout
        if dies() { return try restart() }
        for action in step.actions { schedule(action) }
        if let deadline = rollout.deadline { add(deadline.at.microseconds, .deadline(deadline.id)) }
        if before == nil, rollout.outcome == .succeeded, let until = rollout.warmUntil {
            add(until.microseconds, .windowEnd)
        }
    }

    /// The engine was killed: another one folds the journal, takes the lease, and the old one's writes are refused.
    private func restart() throws {
        kills += 1
        let (stale, memory) = (lease, rollout)
        queue.removeAll { if case .person = $0.thing { false } else { true } }
        now += 3_000_000
        rollout = try Journal.fold(id, connection)
        let stored = try Journal.rollout(id, connection)
        guard stored.stage == rollout.stage, stored.pending == rollout.pending, stored.weights == rollout.weights,
            stored.verdicts == rollout.verdicts, stored.deadline == rollout.deadline
        else { throw Violation(description: "the fold is not what was stored") }
        if rollout.outcome == nil || !rollout.pending.isEmpty {
            lease = try Lease.acquire(
                environment: rollout.environment, holder: "engine", purpose: id,
                until: Self.time(now + 60_000_000), now: Self.time(now), connection)
            try refuses(stale, memory)
        }
        for action in rollout.pending { schedule(action) }
        if let deadline = rollout.deadline { add(deadline.at.microseconds, .deadline(deadline.id)) }
        if rollout.outcome == .succeeded, let until = rollout.warmUntil { add(until.microseconds, .windowEnd) }
    }

    private func refuses(_ stale: Lease, _ memory: Rollout) throws {
        do {
            let event = Event.abortRequested(.init(by: "a dead engine", reason: nil))
            _ = try Journal.step(memory, event, at: Self.time(now), lease: stale, connection)
        } catch RolloutError.staleLease { return }
        throw Violation(description: "a stale engine wrote")
    }

    private func schedule(_ action: Action) {
        let start = max(now, action.notBefore?.microseconds ?? 0)
        if case .analyse = action.work { return add(start, .look(action)) }
        let seconds: Int64 =
            switch action.work {
            case .preflight, .checkGates, .split, .command: 1
            case .migrate, .smoke: 3
            case .ensure: 2
            case .stop, .shrink: 5
            case .analyse: 0
            }
        add(start + seconds * 1_000_000, .perform(action))
    }

    private func add(_ at: Int64, _ thing: Thing) {
        order += 1
        queue.append((at, order, thing))
    }

    private func pop() -> (at: Int64, order: Int, thing: Thing)? {
        guard let next = queue.indices.min(by: { (queue[$0].at, queue[$0].order) < (queue[$1].at, queue[$1].order) })
        else { return nil }
        return queue.remove(at: next)
    }

    /// Nothing is touched before preflight has passed; what ended as refused touched nothing.
    private func check() throws {
        if world.touched, rollout.course == nil { throw Violation(description: "touched before preflight passed") }
        if rollout.outcome == .refused, world.touched {
            throw Violation(description: "refused after touching something")
        }
    }
}
