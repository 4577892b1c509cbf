import Documents

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

    package var retention = RetentionSettings(files: .seconds(2_592_000), events: .seconds(7_776_000))
    /// How often what is over is cleaned up.
    package var housekeepingInterval = Duration.seconds(60)

    /// So long a worker itself waits for a document to be parsed; a longer one is left with the parser.
    package var parsePatience = Duration.seconds(2)
    /// A hold that is older is made anew before its result is asked for: it must not end before it is paid.
    package var holdIsFresh = Duration.seconds(600)

    /// A drill: what a release costs that parses each document once more than it needs.
    package var parsesTwice = false

    package init() {}
}
