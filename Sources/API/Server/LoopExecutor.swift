import NIOCore

/// Runs tasks on an event loop's own thread: what a connection is asked and answered then goes from no thread to another,
/// which costs more than most requests do. Nothing that waits in place may run here; see `Endpoint.isQuick`.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    /// - Parameter loop: lives as long as the process does.
    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
