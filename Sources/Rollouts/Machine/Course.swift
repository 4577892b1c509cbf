import Definitions

/// What a rollout is going to do, fixed when preflight has passed: all that the machine needs to know of both bundles.
package struct Course: Codable, Sendable, Equatable {
    /// What serves now, and is restored if need be; nil for an environment's first bundle. Of a rollback: its target.
    package var from: Digest?
    package var fromRelease: String?
    /// What is rolled out. Of a rollback: what is taken away.
    package var to: Digest
    package var toRelease: String
    /// In dependency order.
    package var legs: [Leg]
    package var migrates: Bool
    package var thresholds: Thresholds
    package var rollbackWindow: Duration
    /// Whether there are smoke suites to run, of the bundle rolled out and of the one to restore.
    package var smokesTo: Bool
    package var smokesFrom: Bool
    /// Bundles that still have instances, and are neither `from` nor `to`.
    package var strays: [Digest]
    /// What latency was under the last good bundle, by service.
    package var baselines: [String: LatencyBaseline]
    /// Commands before and after stages; nil for none.
    package var hooks: [HookDefinition]?
    /// Migrations that the bundle rolled out brings, and the one before does not know; nil for none.
    package var migrations: [PlannedMigration]?
    /// What the environment asked for beforehand; nil asks nothing more on the way, as rollbacks do.
    package var gates: GateTerms?

    package init(
        from: Digest?, fromRelease: String?, to: Digest, toRelease: String, legs: [Leg], migrates: Bool,
        thresholds: Thresholds, rollbackWindow: Duration, smokesTo: Bool, smokesFrom: Bool, strays: [Digest] = [],
        baselines: [String: LatencyBaseline] = [:], hooks: [HookDefinition]? = nil,
        migrations: [PlannedMigration]? = nil
    ) {
        self.from = from
        self.fromRelease = fromRelease
        self.to = to
        self.toRelease = toRelease
        self.legs = legs
        self.migrates = migrates
        self.thresholds = thresholds
        self.rollbackWindow = rollbackWindow
        self.smokesTo = smokesTo
        self.smokesFrom = smokesFrom
        self.strays = strays
        self.baselines = baselines
        self.hooks = hooks
        self.migrations = migrations
    }

    /// Whether some step may end before its time.
    var leavesEarly: Bool {
        legs.flatMap(\.steps).contains { if case .bake(_, let evidence) = $0 { evidence.early == true } else { false } }
    }

    /// Whether Kayenta's judge is asked by some step.
    var asksKayenta: Bool {
        legs.flatMap(\.steps).contains {
            if case .bake(_, let evidence) = $0 { evidence.kayenta != nil } else { false }
        }
    }

    package func leg(_ service: String) -> Leg? { legs.first { $0.service == service } }
}

/// One service's part of the course.
package struct Leg: Codable, Sendable, Equatable {
    package var service: String
    /// Instances of the bundle rolled out; nil when it has no such service.
    package var replicas: Int?
    /// Instances of the bundle to restore; nil when it has no such service.
    package var fromReplicas: Int?
    package var steps: [StrategyStep]
    /// Instances of the new bundle to start with; nil for all.
    package var first: Int?
    /// Instances of the old bundle that stay warm after success; nil for all.
    package var warm: Int?
    /// From start to ready.
    package var startLimit: Duration
    package var drainLimit: Duration

    package init(
        service: String, replicas: Int?, fromReplicas: Int?, steps: [StrategyStep], first: Int? = nil,
        warm: Int? = nil, startLimit: Duration, drainLimit: Duration
    ) {
        self.service = service
        self.replicas = replicas
        self.fromReplicas = fromReplicas
        self.steps = steps
        self.first = first
        self.warm = warm
        self.startLimit = startLimit
        self.drainLimit = drainLimit
    }
}
