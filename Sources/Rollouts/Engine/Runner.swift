import Logging
import Storage

/// Runs one rollout: takes events one after the other, records each before anything follows from it, and keeps the
/// pending actions under way. What is no longer pending is cancelled, and ended before anything that it would disturb.
actor Runner {
    private enum Message: Sendable {
        case event(Event)
        case command(Event, CheckedContinuation<Void, any Error>)
    }

    private struct Job {
        var lanes: Set<String>
        var task: Task<Void, Never>
    }

    let id: String
    private let lease: Lease
    private let performer: Performer
    private let clock: any EngineClock
    private let database: any Database
    private let tick: Duration
    private let logger: Logger
    private let publish: @Sendable (JournalEntry) -> Void
    private var rollout: Rollout
    private var jobs: [String: Job] = [:]
    private var ending: [UInt64: Job] = [:]
    private var endings: UInt64 = 0
    private var timer: (id: String, task: Task<Void, Never>)?
    private let messages: AsyncStream<Message>
    private let mailbox: AsyncStream<Message>.Continuation

    init(
        rollout: Rollout, lease: Lease, performer: Performer, tick: Duration, logger: Logger,
        publish: @Sendable @escaping (JournalEntry) -> Void
    ) {
        id = rollout.id
        self.rollout = rollout
        self.lease = lease
        self.performer = performer
        clock = performer.clock
        database = performer.database
        self.tick = tick
        self.logger = logger
        self.publish = publish
        (messages, mailbox) = AsyncStream.makeStream(of: Message.self)
    }

    /// Returns when nothing is pending any more, when another engine has taken over, or when cancelled; then every task
    /// that it began has ended.
    func run() async {
        arrange()
        if !isDone {
            for await message in messages {
                await take(message)
                if isDone || Task.isCancelled { break }
            }
        }
        mailbox.finish()
        for await message in messages { if case .command(_, let answer) = message { refuse(answer) } }
        for job in jobs.values { job.task.cancel() }
        timer?.task.cancel()
        for job in Array(jobs.values) + Array(ending.values) { await job.task.value }
    }

    /// A person's wish. Returns when it is recorded.
    /// - Throws: `TransitionError.notPossible`, `RolloutError`.
    func command(_ event: Event) async throws {
        try await withCheckedThrowingContinuation { answer in
            if case .terminated = mailbox.yield(.command(event, answer)) { refuse(answer) }
        }
    }

    /// The rollout as of the last event, with the verdicts of the last look.
    var snapshot: Rollout { rollout }

    private func refuse(_ answer: CheckedContinuation<Void, any Error>) {
        answer.resume(throwing: RolloutError.notPossible("rollout \(id) is no longer under way here"))
    }

    private var lost = false
    private var isDone: Bool { lost || (rollout.outcome != nil && rollout.pending.isEmpty) }

    private func take(_ message: Message) async {
        switch message {
        case .event(let event):
            do { try await record(event) } catch { await report(error, event) }
        case .command(let event, let answer):
            do {
                try await record(event)
                answer.resume()
            } catch {
                answer.resume(throwing: error)
            }
        }
    }

    private func record(_ event: Event) async throws {
        let (before, lease, now) = (rollout, lease, clock.now)
        let (after, entry) = try await database.write { connection in
            let step = try Journal.step(before, event, at: now, lease: lease, connection)
            return (step.rollout, step.entry)
        }
        rollout = after
        publish(entry)
        arrange()
    }

    /// An event that could not be recorded: tried again until it is, unless somebody else has taken over.
    private func report(_ error: any Error, _ event: Event) async {
        logger.error("rollout \(id): \(event.type) was not recorded: \(error)")
        switch error {
        case RolloutError.staleLease: lost = true
        case is TransitionError: break
        default:
            do { try await clock.sleep(for: .seconds(1)) } catch { return lost = true }
            mailbox.yield(.event(event))
        }
    }

    // MARK: Actions

    /// Begins what is pending and not under way, cancels what is under way and not pending, sets the timer.
    private func arrange() {
        let wanted = Set(rollout.pending.map(\.key))
        for (key, job) in jobs where !wanted.contains(key) {
            jobs[key] = nil
            job.task.cancel()
            retire(job)
        }
        for action in rollout.pending where jobs[action.key] == nil { begin(action) }
        setTimer()
    }

    /// Remembers a cancelled job until it has ended.
    private func retire(_ job: Job) {
        endings += 1
        let number = endings
        ending[number] = job
        Task {
            await job.task.value
            self.forget(number)
        }
    }

    private func forget(_ number: UInt64) { ending[number] = nil }

    private func begin(_ action: Action) {
        let lanes = action.work.lanes
        let before = (Array(ending.values) + Array(jobs.values)).filter { !$0.lanes.isDisjoint(with: lanes) }
        let (performer, clock, rollout) = (performer, clock, rollout)
        let task = Task {
            for job in before { await job.task.value }
            do {
                if let time = action.notBefore { try await clock.sleep(for: time - clock.now) }
                try Task.checkCancellation()
            } catch { return }
            if case .analyse(let services) = action.work { return await self.watch(action, services, rollout) }
            guard await self.renew(for: action) else { return }
            guard let event = await performer.perform(action, of: rollout) else { return }
            self.mailbox.yield(.event(event))
        }
        jobs[action.key] = Job(lanes: lanes, task: task)
    }

    /// Looks at each service, once a tick, until cancelled.
    private func watch(_ action: Action, _ services: [String], _ rollout: Rollout) async {
        while !Task.isCancelled {
            guard await renew(for: action) else { return }
            for service in services {
                let one = Action(key: action.key, work: .analyse(services: [service]), limit: action.limit)
                guard let event = await performer.perform(one, of: rollout) else { return }
                mailbox.yield(.event(event))
            }
            do { try await clock.sleep(for: tick) } catch { return }
        }
    }

    /// No action starts unless the lease outlasts its time limit: tried again until it does.
    /// - Returns: false when somebody else has taken over, or the action is no longer wanted.
    private func renew(for action: Action) async -> Bool {
        while !Task.isCancelled {
            let (lease, until) = (lease, clock.now + action.limit + Engine.leaseMargin)
            do {
                try await database.write { try lease.renew(until: until, $0) }
                return true
            } catch {
                logger.error("rollout \(id): \(action.work.kind) waits, for the lease was not renewed: \(error)")
                if case RolloutError.staleLease = error {
                    lost = true
                    mailbox.finish()
                    return false
                }
            }
            do { try await clock.sleep(for: .seconds(1)) } catch { return false }
        }
        return false
    }

    private func setTimer() {
        guard timer?.id != rollout.deadline?.id else { return }
        timer?.task.cancel()
        timer = nil
        guard let deadline = rollout.deadline else { return }
        let clock = clock
        let task = Task {
            do { try await clock.sleep(for: deadline.at - clock.now) } catch { return }
            self.mailbox.yield(.event(.deadlineReached(.init(deadline: deadline.id))))
        }
        timer = (deadline.id, task)
    }
}

extension Work {
    /// What may not happen at the same time as anything else of the same lane.
    var lanes: Set<String> {
        switch self {
        case .preflight, .checkGates, .smoke, .analyse: []
        // What undoes a command waits for the command's end.
        case .command(let call): call.kind == .step || call.kind == .undo ? ["commands"] : []
        case .migrate: ["migrate"]
        case .ensure(let service, let bundle, _): ["instances/\(service)/\(bundle)"]
        case .split(let service, _): ["split/\(service)"]
        case .shrink(let service, let bundle, _), .stop(let service, let bundle):
            ["instances/\(service)/\(bundle)", "split/\(service)"]
        }
    }
}
