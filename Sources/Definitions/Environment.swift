import Contract

/// One environment, as its file and what it extends define it: typed, merged, every value with its place.
package struct Environment: Sendable {
    package var name: String
    package var kind: EnvironmentKind
    package var platform: PlatformKind
    /// The environment whose successful releases this one takes; nil takes any release.
    package var promotesFrom: String?
    /// How long a release must have stayed healthy there.
    package var soak: Duration
    package var router: RouterDefinition
    package var services: [ServiceDefinition]
    package var migrations: MigrationDefinition?
    /// Plain variables, for every service whose contract names them.
    package var variables: [Placed<VariableValue>]
    package var secrets: [Placed<SecretDefinition>]
    package var thresholds: Thresholds
    /// Limits on series that the file names itself, and the Prometheus that queries are asked of.
    package var metrics: [Placed<MetricThreshold>] = []
    package var prometheus: Placed<String>?
    /// What it asks for; nil for nothing.
    package var prometheusAccess: PrometheusAccess?
    /// The step lists by name; those that the services name.
    package var strategies: [String: Strategy]
    package var ledger: LedgerDefinition?
    package var budgets: [BudgetDefinition]
    /// How often what costs may be called.
    package var requestLimits: [BudgetDefinition] = []
    /// Paths of smoke suites, relative to the project.
    package var smoke: [Placed<String>]
    package var retention = RetentionDefinition()
    /// How long a release is watched after it succeeded, until there is a summary of how it did.
    package var watchAfter = Self.defaultWatchAfter
    package static let defaultWatchAfter = Duration.seconds(86_400)
    /// Commands before and after a rollout's stages.
    package var hooks: [HookDefinition] = []
    package var alerts: AlertDefinition
    package var drift: DriftDefinition
    /// What the services promise.
    package var objectives: [ObjectiveDefinition] = []
    /// What must hold before a rollout begins.
    package var gates = GateDefinition()
    /// When nothing but rollbacks begins, again and again.
    package var freezes: [FreezeWindow] = []
    /// The rules that this environment lowers.
    package var exceptions: [RuleException] = []
    /// How long the previous bundle stays warm after success.
    package var rollbackWindow: Duration

    package init(
        name: String, kind: EnvironmentKind, platform: PlatformKind, promotesFrom: String? = nil,
        soak: Duration = .zero, router: RouterDefinition = RouterDefinition(), services: [ServiceDefinition],
        migrations: MigrationDefinition? = nil,
        variables: [Placed<VariableValue>] = [], secrets: [Placed<SecretDefinition>] = [],
        thresholds: Thresholds = Thresholds(), strategies: [String: Strategy] = [:],
        ledger: LedgerDefinition? = nil, budgets: [BudgetDefinition] = [], smoke: [Placed<String>] = [],
        alerts: AlertDefinition = AlertDefinition(receivers: []), drift: DriftDefinition = DriftDefinition(),
        rollbackWindow: Duration = .seconds(600)
    ) {
        self.name = name
        self.kind = kind
        self.platform = platform
        self.promotesFrom = promotesFrom
        self.soak = soak
        self.router = router
        self.services = services
        self.migrations = migrations
        self.variables = variables
        self.secrets = secrets
        self.thresholds = thresholds
        self.strategies = strategies
        self.ledger = ledger
        self.budgets = budgets
        self.smoke = smoke
        self.alerts = alerts
        self.drift = drift
        self.rollbackWindow = rollbackWindow
    }
}

/// What the rules may assume of an environment.
package enum EnvironmentKind: String, Sendable, Codable, CaseIterable {
    case development, staging, production
}

package enum PlatformKind: String, Sendable, Codable, CaseIterable {
    case local, docker, kubernetes
}

/// Where something stands in a file; lines and columns count from 1.
package struct Place: Sendable, Hashable, Codable {
    package var file: String
    package var line: Int
    package var column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}

/// A value with its name and its place.
package struct Placed<Value: Sendable>: Sendable {
    package var name: String
    package var value: Value
    package var place: Place

    package init(name: String, value: Value, place: Place) {
        self.name = name
        self.value = value
        self.place = place
    }
}

/// A plain variable's value, as the process will see it: lists are joined with commas.
package struct VariableValue: Sendable, Equatable {
    package var text: String
    package init(text: String) { self.text = text }
}

package struct ServiceDefinition: Sendable {
    package var name: String
    package var replicas: Int
    /// The name of a list of steps.
    package var strategy: String
    /// The router's port; nil for a service without traffic.
    package var port: Int?
    package var after: [String]
    /// How many instances more than `replicas` may run during a rollout; nil for as many as both bundles need.
    package var surge: Int?
    /// How many fewer may serve meanwhile.
    package var unavailable: Int
    /// What one instance costs for an hour, in nano-dollars; nil where that is unknown.
    package var instanceHour: Int64?
    package var health: HealthDefinition
    /// Values for this service alone; they go before the environment's.
    package var variables: [Placed<VariableValue>]
    package var secrets: [Placed<SecretDefinition>]
    package var place: Place

    package init(
        name: String, replicas: Int, strategy: String, port: Int? = nil, after: [String] = [], surge: Int? = nil,
        unavailable: Int = 0, instanceHour: Int64? = nil, health: HealthDefinition = HealthDefinition(),
        variables: [Placed<VariableValue>] = [],
        secrets: [Placed<SecretDefinition>] = [], place: Place
    ) {
        self.name = name
        self.replicas = replicas
        self.strategy = strategy
        self.port = port
        self.after = after
        self.surge = surge
        self.unavailable = unavailable
        self.instanceHour = instanceHour
        self.health = health
        self.variables = variables
        self.secrets = secrets
        self.place = place
    }
}

package struct HealthDefinition: Sendable, Equatable, Codable {
    package var every: Duration
    /// How long a new instance may take to become ready; nil takes the contract's start budget.
    package var start: Duration?
    package var timeout: Duration

    package init(every: Duration = .seconds(30), start: Duration? = nil, timeout: Duration = .seconds(2)) {
        self.every = every
        self.start = start
        self.timeout = timeout
    }
}

package struct MigrationDefinition: Sendable {
    /// The service whose artifact brings the migrations.
    package var service: String
    /// Migrations that earlier releases cannot live with and that are to be applied all the same: why, by id.
    package var accepted: [String: String]

    package init(service: String, accepted: [String: String] = [:]) {
        self.service = service
        self.accepted = accepted
    }
}

/// The rollback triggers. The defaults are those that operators asked for.
package struct Thresholds: Sendable, Equatable, Codable {
    /// More than this many consecutive health failures of one instance fire: with 3, the fourth does.
    package var healthFailures: Int
    /// The error rate above which `errorRateFor` on end is a breach; a fraction.
    package var errorRate: Double
    package var errorRateFor: Duration
    /// The quantile that is compared with the baseline.
    package var latencyQuantile: Double
    /// The factor over the baseline above which `latencyFor` on end is a breach.
    package var latencyFactor: Double
    package var latencyFor: Duration
    /// Response times up to this are no breach, whatever the baseline was: twice very little is still little.
    package var latencyAtLeast: Duration
    /// Fewer requests than this in a window are not enough evidence.
    package var minimumRequests: Int
    /// How the sequential tests are read; nil in what was recorded before there was a choice.
    package var evidence: EvidenceDefinition?
    /// Limits on series that the file names itself; nil for none. A bundle has them, with their contracts' paths.
    package var metrics: [MetricThreshold]?
    /// Where their queries are asked.
    package var prometheus: String?
    /// What it asks for; nil for nothing.
    package var prometheusAccess: PrometheusAccess?

    package init(
        healthFailures: Int = 3, errorRate: Double = 0.05, errorRateFor: Duration = .seconds(300),
        latencyQuantile: Double = 0.95, latencyFactor: Double = 2, latencyFor: Duration = .seconds(300),
        latencyAtLeast: Duration = .zero,
        minimumRequests: Int = 20, evidence: EvidenceDefinition? = EvidenceDefinition()
    ) {
        self.healthFailures = healthFailures
        self.errorRate = errorRate
        self.errorRateFor = errorRateFor
        self.latencyQuantile = latencyQuantile
        self.latencyFactor = latencyFactor
        self.latencyFor = latencyFor
        self.latencyAtLeast = latencyAtLeast
        self.minimumRequests = minimumRequests
        self.evidence = evidence
    }
}

/// How much evidence takes a release back before a threshold's time is over.
package struct EvidenceDefinition: Sendable, Equatable, Codable {
    /// The chance that a release as good as the old one is taken back, over all looks, signals and services of a rollout.
    package var falseAlarms: Double
    /// How much more often than the old bundle's requests those of the new one may fail; a fraction.
    package var toleratedErrors: Double
    /// How much slower than the old bundle's its answers may be; a fraction.
    package var toleratedLatency: Double
    /// How much more than the old bundle's jobs those of the new one may cost; a fraction. Nil: `usualCost`.
    package var toleratedCost: Double?
    /// Whether each client counts once in a look, where the router tells clients apart.
    package var countsClients: Bool
    /// For how long after instances became ready their response times are no evidence.
    package var warmUp: Duration

    /// What is tolerated where the file does not say.
    package static let usualCost = 0.1

    package init(
        falseAlarms: Double = 0.001, toleratedErrors: Double = 0, toleratedLatency: Double = 0.1,
        toleratedCost: Double? = nil, countsClients: Bool = true, warmUp: Duration = .seconds(30)
    ) {
        self.falseAlarms = falseAlarms
        self.toleratedErrors = toleratedErrors
        self.toleratedLatency = toleratedLatency
        self.toleratedCost = toleratedCost
        self.countsClients = countsClients
        self.warmUp = warmUp
    }
}

/// A rollout's course for one service: a list of steps, done in order.
package struct Strategy: Sendable, Equatable, Codable {
    package var steps: [StrategyStep]
    package init(steps: [StrategyStep]) { self.steps = steps }
}

package enum StrategyStep: Sendable, Equatable, Codable {
    /// Run the smoke suites of this service against its new instances, before they get traffic.
    case smoke
    /// Let testers reach the new instances through the router, without any other traffic.
    case preview
    /// Give the new bundle this percentage of traffic, or of job buckets.
    case weight(Int)
    /// Watch for `duration`, and pass only with `evidence`.
    case bake(Duration, evidence: Evidence)
    /// Wait for a person; nil for anybody, and for a day.
    case approve(ApprovalDefinition?)
    /// Run a program, and go on when it says that it is done.
    case run(CommandDefinition)
    /// Start instances of the new bundle until there are so many; and stop instances of the old one until so few are left.
    /// Both follow from `surge` and `unavailable`, and are in no file.
    case grow(Int)
    case shrink(Int)
    /// Where weights go down: start instances of the old bundle again until there are so many; and stop instances of the new
    /// one until so few are left.
    case regrow(Int)
    case thin(Int)
}

/// What an analysing step must have seen, and what happens when it has not by its end.
package struct Evidence: Sendable, Equatable, Codable {
    package enum Otherwise: String, Sendable, Codable, CaseIterable { case hold, rollback, smoke }
    package var minimumRequests: Int
    package var otherwise: Otherwise
    /// Whether the step may end before its time once there is evidence that the release is good; nil means no.
    package var early: Bool?
    /// Whether Kayenta's judge has to pass the step at its end, and with which scores; nil means no.
    package var kayenta: KayentaDefinition?

    package init(
        minimumRequests: Int = 0, otherwise: Otherwise = .hold, early: Bool? = nil, kayenta: KayentaDefinition? = nil
    ) {
        self.minimumRequests = minimumRequests
        self.otherwise = otherwise
        self.early = early
        self.kayenta = kayenta
    }
}

/// Kayenta's judge at the end of a step: from a score of `pass` (of 100) up it passes, below `marginal` it fails.
package struct KayentaDefinition: Sendable, Equatable, Codable {
    package var pass: Int
    package var marginal: Int
    /// Signals (`error_rate`, `latency`, or a threshold's name) of which one alone takes the score to 0.
    package var critical: [String]
    /// Those that count against the release when one of the bundles has no data.
    package var required: [String]

    package init(pass: Int = 95, marginal: Int = 75, critical: [String] = [], required: [String] = []) {
        self.pass = pass
        self.marginal = marginal
        self.critical = critical
        self.required = required
    }

    /// Such as `95/75, critical error_rate, required depth`.
    package var written: String {
        func list(_ what: String, _ names: [String]) -> String {
            names.isEmpty ? "" : ", \(what) \(names.joined(separator: " and "))"
        }
        return "\(pass)/\(marginal)\(list("critical", critical))\(list("required", required))"
    }
}

package struct LedgerDefinition: Sendable, Equatable {
    /// The variable or secret that holds the ledger's database address.
    package var databaseVariable: String
    package init(databaseVariable: String) { self.databaseVariable = databaseVariable }
}
