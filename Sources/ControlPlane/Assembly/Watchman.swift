import Definitions
import Logging
import Operations
import Rollouts
import Storage

/// Patrols every environment: judges what runs, settles alerts, keeps budgets as defined.
actor Watchman {
    private let parts: LiveControl.Parts
    private let signals: any Signals
    private let spend: LedgerSpend
    private let database: any Database
    private let logger: Logger
    private var patrols: [String: Patrol] = [:]
    private var budgeted: [String: Digest] = [:]

    /// - Parameter pace: the time between two rounds; much more between two looks begins windows anew.
    init(
        parts: LiveControl.Parts, signals: any Signals, spend: LedgerSpend, database: any Database, pace: Duration,
        logger: Logger
    ) {
        self.parts = parts
        self.signals = signals
        self.spend = spend
        self.database = database
        self.logger = logger
        self.pace = pace
    }

    private let pace: Duration

    /// One round of all environments; what fails in one does not keep it from the others.
    func round() async throws {
        var failures: [String] = []
        for name in try parts.environments.names() {
            do {
                try await round(name)
            } catch {
                failures.append("\(name): \(error)")
            }
        }
        if !failures.isEmpty { throw Refusal("patrol", failures.joined(separator: "; "), exit: .checkFailed) }
    }

    private func round(_ name: String) async throws {
        let environment = try parts.environments.environment(name)
        let receivers = environment.alerts.receivers.map { receiver in
            switch receiver.value {
            case .webhook(let url): url
            }
        }
        let report = try await patrol(of: environment).round(receivers: receivers)
        for alert in report.changed {
            parts.hub.announce(name, nil)
            logger.notice("alert \(alert.name) is \(alert.state.rawValue)", metadata: ["summary": "\(alert.summary)"])
        }
        if let rollback = report.rollback { logger.warning("\(name) is being rolled back: \(rollback)") }
        try await settleBudgets(environment)
    }

    /// Once for each bundle that runs.
    private func settleBudgets(_ environment: Environment) async throws {
        guard let bundle = try await parts.engine.state(environment: environment.name).current,
            budgeted[environment.name] != bundle.digest
        else { return }
        try await spend.setBudgets(environment, bundle: bundle, now: parts.clock.now)
        budgeted[environment.name] = bundle.digest
    }

    private func patrol(of environment: Environment) -> Patrol {
        if let patrol = patrols[environment.name] { return patrol }
        let (name, database, releases) = (environment.name, database, parts.releases)
        let watch = EnvironmentWatch(
            environment: name, engine: parts.engine, signals: signals, clock: parts.clock, gap: pace * 5,
            baselines: { service in
                try await database.read { try EnvironmentRecord.baselines(name, $0) }[service]?
                    .milliseconds
            }, block: { release, reason in try await releases.block(release, reason: reason) })
        let (spend, environments, clock) = (spend, parts.environments, parts.clock)
        let patrol = Patrol(
            environment: name, engine: parts.engine, platform: parts.platform, watch: watch, alerts: parts.alerts,
            clock: clock
        ) { bundle in
            // Unknown is what nil means: such budgets keep their alerts as they are.
            try? await spend.budgets(try environments.environment(name), bundle: bundle, now: clock.now)
        }
        patrols[name] = patrol
        return patrol
    }
}
