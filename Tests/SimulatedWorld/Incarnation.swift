import Rollouts

/// One process with an engine in it: runs its jobs on the timeline, until it is killed or stopped for a while.
// Only the thread that runs the simulation ever touches it.
final class Incarnation: TaskExecutor, @unchecked Sendable {
    enum Life {
        case alive
        /// As after SIGSTOP: its jobs wait.
        case frozen
        /// As after SIGKILL: its jobs never run again.
        case dead
        /// The run is over: its jobs run to their end, and reach nothing.
        case over
    }

    let name: String
    /// Names its state directory.
    let holder: String
    let timeline: Timeline
    private(set) var life = Life.alive
    private var parked: [UnownedJob] = []
    private var limbo: [UnsafeContinuation<Void, Never>] = []

    init(name: String, holder: String, _ timeline: Timeline) {
        self.name = name
        self.holder = holder
        self.timeline = timeline
    }

    func enqueue(_ job: consuming ExecutorJob) { timeline.enqueue(UnownedJob(job), of: self) }

    func run(_ job: UnownedJob) {
        switch life {
        case .alive, .over: job.runSynchronously(on: asUnownedTaskExecutor())
        case .frozen, .dead: parked.append(job)
        }
    }

    func kill() {
        guard life != .dead else { return }
        timeline.note(name, "KILLED")
        life = .dead
    }

    func freeze() {
        timeline.note(name, "FROZEN")
        life = .frozen
    }

    func thaw() {
        guard life == .frozen else { return }
        timeline.note(name, "THAWED")
        life = .alive
        release()
    }

    /// The run is over: what it still has to do it does now, cut off from everything.
    func end() {
        life = .over
        release()
        let waiting = limbo
        limbo = []
        for one in waiting { one.resume() }
    }

    private func release() {
        let jobs = parked
        parked = []
        for job in jobs { timeline.enqueue(job, of: self) }
    }

    var isOver: Bool { life == .over }

    /// Goes on only where the process lives: one that was killed in the middle of a job stops here.
    /// - Throws: `CancellationError` when the run is over.
    func exist() async throws {
        if life == .dead { await withUnsafeContinuation { limbo.append($0) } }
        if life == .over { throw CancellationError() }
    }
}
