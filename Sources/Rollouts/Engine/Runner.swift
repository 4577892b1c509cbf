import Logging
import Storage

/// Runs one rollout: takes events one after the other, records each before anything follows from it, and keeps the
/// pending actions under way. What is no longer pending is cancelled, and ended before anything that it would disturb.
actor Runner {
    private enum Message: Sendable {
        case event(Event)
        case command(Event, CheckedContinuation<Void, any Error>)
        /// Something may be recorded that is not known here: the answer to a commit was lost.
        case catchUp
    }

    private struct Job {
        var lanes: Set<String>
        var task: Task<Void, Never>
    }

    let id: String
    private let lease: Lease
    private let permit: Permit
    /// Ends when what ran before the engine was started is known again.
    private let adopted: Task<Void, Never>?
    private let performer: Performer
    private let clock: any EngineClock
    private let database: any Database
    private let tick: Duration
    private let logger: Logger
    private let tasks: Tasks
    private let publish: @Sendable (JournalEntry) -> Void
    private var rollout: Rollout
    private var jobs: [String: Job] = [:]
    private var ending: [UInt64: Job] = [:]
    private var endings: UInt64 = 0
    /// True until the next timer is set, where no engine could do anything for a while: the rollout was begun by one before, or
    /// nothing could be recorded when a deadline passed.
    private var wasInterrupted: Bool
    private var timer: (id: String, task: Task<Void, Never>)?
    /// What is not recorded yet, the oldest first, and the task that tries again.
    private var backlog: [Event] = []
    private var retry: Task<Void, Never>?
    /// How many renewals were asked for, and until when, by the clock that nobody steps, they let this engine act.
    private var beat: Int64 = 0
    private var promised = Duration.zero
    private let messages: AsyncStream<Message>
    private let mailbox: AsyncStream<Message>.Continuation

    init(
        rollout: Rollout, lease: Lease, performer: Performer, tick: Duration, logger: Logger,
        adopted: Task<Void, Never>?, publish: @Sendable @escaping (JournalEntry) -> Void
    ) {
        id = rollout.id
        self.rollout = rollout
        self.lease = lease
        self.performer = performer
        clock = performer.clock
        database = performer.database
        self.tick = tick
        self.logger = logger
        tasks = performer.tasks
        permit = performer.permit
        self.adopted = adopted
        wasInterrupted = adopted != nil
        self.publish = publish
        (messages, mailbox) = AsyncStream.makeStream(of: Message.self)
    }

    /// Returns when nothing is pending any more, when another engine has taken over, or when cancelled; then every task
    /// that it began has ended.
    func run() async {
        let keeper = tasks.begin { await self.keepLease() }
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
        retry?.cancel()
        keeper.cancel()
        await keeper.value
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

    /// Somebody else has taken over, or may have.
    private var lost = false

    private func lose() {
        lost = true
        mailbox.finish()
    }

    private var isDone: Bool { lost || isFinished }

    /// Whether nothing is left to do.
    var isFinished: Bool { rollout.outcome != nil && rollout.pending.isEmpty }

    private func take(_ message: Message) async {
        switch message {
        case .event(let event):
            keep(event)
            if retry == nil { await goOn() }
        case .command(let event, let answer):
            do {
                try await recordBacklog()
                try await record(event)
                answer.resume()
            } catch {
                if error is DatabaseError { tryAgain() }
                answer.resume(throwing: error)
            }
        case .catchUp:
            retry = nil
            await goOn(catchingUp: true)
        }
    }

    /// Of looks that could not be recorded only the newest of each service is worth it: its counters hold those before.
    private func keep(_ event: Event) {
        if case .sampled(let new) = event {
            backlog.removeAll {
                if case .sampled(let old) = $0 { old.sample.service == new.sample.service } else { false }
            }
        }
        backlog.append(event)
    }

    /// Records what waits; what cannot be recorded is tried again in a second, unless somebody else has taken over.
    private func goOn(catchingUp: Bool = false) async {
        do {
            if catchingUp { try await record(nil) }
            try await recordBacklog()
        } catch RolloutError.staleLease {
            lose()
        } catch {
            logger.error("rollout \(id): \(backlog.first?.type ?? "nothing") was not recorded: \(error)")
            forgetDeadline()
            tryAgain()
        }
    }

    /// A deadline that passes while nothing can be recorded says nothing of the release: no look at it could be had either.
    private func forgetDeadline() {
        let count = backlog.count
        backlog.removeAll { if case .deadlineReached = $0 { true } else { false } }
        guard backlog.count < count else { return }
        timer = nil
        wasInterrupted = true
    }

    /// In the order in which things happened: a deadline that has passed meanwhile must not come before what was done in time.
    private func recordBacklog() async throws {
        while let event = backlog.first {
            do { try await record(event) } catch let error as TransitionError {
                logger.error("rollout \(id): \(event.type) was not recorded: \(error)")
            }
            backlog.removeFirst()
        }
    }

    private func tryAgain() {
        guard retry == nil else { return }
        let clock = clock
        retry = tasks.begin {
            do { try await clock.sleep(for: .seconds(1)) } catch { return }
            self.mailbox.yield(.catchUp)
        }
    }

    /// Records the event, after whatever was recorded without this engine's knowing it.
    private func record(_ event: Event?) async throws {
        let (before, lease, now) = (rollout, lease, clock.now)
        let (after, entries) = try await database.write { connection in
            try Journal.settle(before, event, at: now, lease: lease, connection)
        }
        rollout = after
        // The lease is about to be given back.
        if isDone { permit.end() }
        for entry in entries { publish(entry) }
        arrange()
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
        tasks.begin {
            await job.task.value
            await self.forget(number)
        }
    }

    private func forget(_ number: UInt64) { ending[number] = nil }

    private func begin(_ action: Action) {
        let lanes = action.work.lanes
        let before = (Array(ending.values) + Array(jobs.values)).filter { !$0.lanes.isDisjoint(with: lanes) }
        let (performer, clock, rollout, adopted) = (performer, clock, rollout, adopted)
        // By the time that is left now, not by the wall's clock then; and never for long, whatever was recorded.
        let delay = action.notBefore.map { min($0 - clock.now, .seconds(60)) }
        let task = tasks.begin {
            for job in before { await job.task.value }
            do {
                if let delay { try await clock.sleep(for: delay) }
                try Task.checkCancellation()
            } catch { return }
            if action.work.needsInstances { await adopted?.value }
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
            let needed = action.limit + Engine.leaseMargin
            if permit.left >= needed { return true }
            do {
                try await extend(by: needed)
                return true
            } catch RolloutError.staleLease {
                return false
            } catch {
                logger.error("rollout \(id): \(action.work.kind) waits, for the lease was not renewed: \(error)")
            }
            do { try await clock.sleep(for: .seconds(1)) } catch { return false }
        }
        return false
    }

    /// Keeps the lease while nothing is to be done, such as while a person is waited for.
    private func keepLease() async {
        while !Task.isCancelled, !lost {
            do { try await clock.sleep(for: .seconds(20)) } catch { return }
            guard permit.left < .seconds(60) else { continue }
            do { try await extend(by: .seconds(90)) } catch {
                if Task.isCancelled { return }
                logger.warning("rollout \(id): the lease was not renewed: \(error)")
            }
        }
    }

    private func extend(by duration: Duration) async throws {
        let (lease, now, then) = (lease, clock.now, clock.uptime)
        promised = max(promised, then + duration, then + permit.left)
        beat += 1
        let (lasts, beat) = (promised - then, beat)
        do {
            try await database.write { try lease.renew(for: lasts, beat: beat, now: now, $0) }
            permit.extend(from: then, by: duration)
        } catch let error as RolloutError {
            if case .staleLease = error { lose() }
            throw error
        }
    }

    private func setTimer() {
        guard timer?.id != rollout.deadline?.id else { return }
        timer?.task.cancel()
        timer = nil
        guard let deadline = rollout.deadline else { return }
        let clock = clock
        var left = deadline.at - clock.now
        if wasInterrupted {
            // What was interrupted has its time again, however long that lasted.
            let least = rollout.pending.isEmpty ? .zero : deadline.least ?? .zero
            left = max(left, least + (rollout.pending.map(\.limit).max() ?? .zero) + Engine.leaseMargin)
        }
        wasInterrupted = false
        let task = tasks.begin {
            do { try await clock.sleep(for: left) } catch { return }
            self.mailbox.yield(.event(.deadlineReached(.init(deadline: deadline.id))))
        }
        timer = (deadline.id, task)
    }
}
