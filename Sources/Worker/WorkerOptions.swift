/// The worker's own times and limits.
package struct WorkerOptions: Sendable {
    /// How many jobs at once.
    package var concurrency = 4
    /// How long a job stays this worker's when nothing is heard of it.
    package var leaseDuration = Duration.seconds(20)
    package var heartbeatInterval = Duration.seconds(2)
    /// A worker that has not been seen for this long covers nothing any more.
    package var heartbeatTimeout = Duration.seconds(10)
    /// The longest time without looking for jobs; announcements come much sooner, but may be lost.
    package var pollInterval = Duration.seconds(1)
    /// After SIGTERM, jobs have this long to finish; what is left is handed back.
    package var drainLimit = Duration.seconds(20)
    /// A document with more pages is refused.
    package var maximumPages = 500

    package init() {}
}
