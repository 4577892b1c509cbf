/// How much of what happened in an environment is kept. What runs, what was there before it, and what a rollout under way
/// needs are kept in any case.
package struct RetentionDefinition: Sendable, Equatable {
    /// Rollouts whose looks are kept, so that their verdicts can be replayed; of older ones everything else is kept.
    package var journals: Int
    /// Bundles that can be rolled back to: their sealed secrets are kept.
    package var bundles: Int
    /// Releases whose artifacts are kept, the newest of the project; those of bundles that can be rolled back to are kept besides.
    package var releases: Int
    /// How long resolved alerts and delivered notifications are kept.
    package var records: Duration
    /// How long the logs of instances that have ended are kept.
    package var logs: Duration

    package init(
        journals: Int = 100, bundles: Int = 20, releases: Int = 50, records: Duration = .seconds(90 * 86_400),
        logs: Duration = .seconds(14 * 86_400)
    ) {
        self.journals = journals
        self.bundles = bundles
        self.releases = releases
        self.records = records
        self.logs = logs
    }
}
