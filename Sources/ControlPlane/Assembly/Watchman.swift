import Analysis
import Definitions
import Logging
import Operations
import Rollouts
import Storage

/// Patrols every environment: judges what runs, settles alerts, keeps budgets as defined.
actor Watchman {
    private let parts: LiveControl.Parts
    private let drift: DriftWatch
    private let signals: any Signals
    private let spend: LedgerSpend
    private let budgets: ProjectBudgets
    private let database: any Database
    private let logger: Logger
    private let space: DiskSpace
    private var patrols: [String: Patrol] = [:]
    /// With what an environment's budgets were set; nil for one that was seen without a bundle.
    private var budgeted: [String: BudgetRecord.File?] = [:]
    private var spending: [String: SpendingLooks] = [:]
    /// When watches that are over were looked for.
    private var closed: [String: Timestamp] = [:]
    private var ledgerFailures: [String: String] = [:]
    /// As last read without errors.
    private var definitions: [String: Environment] = [:]
    private var plans: [String: AlertPlan] = [:]
    private let meter: AlertMeter

    /// - Parameter pace: the time between two rounds; much more between two looks begins windows anew.
    init(
        parts: LiveControl.Parts, drift: DriftWatch, signals: any Signals, spend: LedgerSpend, budgets: ProjectBudgets,
        database: any Database, pace: Duration, space: DiskSpace, meter: AlertMeter, logger: Logger
    ) {
        self.meter = meter
        self.space = space
        self.parts = parts
        self.drift = drift
        self.signals = signals
        self.spend = spend
        self.budgets = budgets
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
                parts.alertMetrics.failed(name)
            }
        }
        if !failures.isEmpty { throw Refusal("patrol", failures.joined(separator: "; "), exit: .checkFailed) }
    }

    private func round(_ name: String) async throws {
        // What runs is watched on even while its file has errors.
        let read = Result { try parts.environments.environment(name) }
        if case .success(let environment) = read { definitions[name] = environment }
        // What is told keeps to the last rules that could be read: a slip in a file ends no alert.
        if case .success(let environment) = read { plans[name] = try parts.desk.plan(of: environment) }
        let report = try await patrol(of: name).round(plans[name] ?? AlertPlan())
        for alert in report.changed {
            parts.hub.announce(name, nil)
            logger.notice("alert \(alert.name) is \(alert.state.rawValue)", metadata: ["summary": "\(alert.summary)"])
        }
        try await noteBreaches(name, report.verdicts)
        try await closeWatches(name)
        if let rollback = report.rollback { logger.warning("\(name) is being rolled back: \(rollback)") }
        // By the last file without errors: budgets go on while somebody mends theirs.
        if let definition = definitions[name] {
            consultLedger(definition)
        } else if case .failure(let error) = read {
            spending[name, default: SpendingLooks()].fail("\(error)")
        }
        _ = try read.get()
    }

    /// A release that fails a verdict has not stayed healthy: its soak begins anew.
    private func noteBreaches(_ name: String, _ verdicts: [String: [Verdict]]) async throws {
        guard let why = verdicts.values.flatMap(\.self).first(where: { $0.verdict == .fail })?.why,
            let release = try await parts.engine.state(environment: name).current?.releaseDigest
        else { return }
        let now = parts.clock.now
        try await database.write {
            try TrafficRecord.breach(environment: name, release: release, why: why, now: now, $0)
        }
    }

    /// Sums up how releases did whose watch is over.
    private func closeWatches(_ name: String) async throws {
        let now = parts.clock.now
        if let before = closed[name], now < before + .seconds(60) { return }
        let length = definitions[name]?.watchAfter ?? Environment.defaultWatchAfter
        let over = try await database.write {
            try WatchRecord.close(environment: name, length: length, now: now, $0)
        }
        closed[name] = now
        for summary in over {
            logger.notice("\(summary.release) in \(name) was \(WatchDocument(summary).lines.joined(separator: "; "))")
            parts.hub.announce(name, nil)
        }
    }

    /// Asks beside the rounds: a ledger that does not answer must not keep the watch from its next look.
    private func consultLedger(_ environment: Environment) {
        let name = environment.name
        guard spending[name, default: SpendingLooks()].begin(parts.clock.now) else { return }
        Task {
            do {
                let seen = try await self.consult(environment)
                spending[name]?.end(seen.map(SpendingLook.known))
                ledgerFailures[name] = nil
            } catch {
                spending[name]?.end(.failed("\(error)"))
                note("\(error)", name)
            }
        }
    }

    /// Sets the budgets once for each rollout that ends, and reads how much of them is spent. A rollout has set those of its own
    /// file; when its end leaves the old bundle running, that one's come back.
    /// - Returns: nil where nothing runs, or where what runs keeps no ledger.
    private func consult(_ environment: Environment) async throws -> AlertFacts.Spending? {
        let (name, now) = (environment.name, parts.clock.now)
        let state = try await parts.engine.state(environment: name)
        guard let bundle = state.current else {
            budgeted[name] = .some(nil)
            return nil
        }
        try await keepBudgets(environment, state, bundle)
        return try await spend.facts(environment, bundle: bundle, now: now)
    }

    /// Sets the budgets of what runs, once it is known.
    private func keepBudgets(_ environment: Environment, _ state: EnvironmentState, _ bundle: Bundle) async throws {
        let name = environment.name
        let isNew = !budgeted.keys.contains(name)
        let before = try await known(name)
        let isAsBefore = before?.bundle == bundle.digest && before?.rollout == state.last
        // They are set once more by who was started: the ledger may be another one by now.
        guard state.rollout == nil, isNew || !isAsBefore else { return }
        let terms = try await terms(of: bundle, before, after: state.last) ?? SpendingTerms(environment)
        let (cause, actor) = try await cause(of: state, bundle, isFound: isNew && (before == nil || isAsBefore))
        let isSet = try await spend.setBudgets(
            terms, bundle: bundle, cause: cause, by: actor, now: parts.clock.now)
        // A ledger whose tables are still to come is looked at again.
        guard isSet else { return }
        let file = BudgetRecord.File(bundle: bundle.digest, rollout: state.last, terms: terms)
        if let before, before.bundle != file.bundle { try await budgets.record.keep(before, as: .previous, of: name) }
        if file != before { try await budgets.record.keep(file, as: .standing, of: name) }
        budgeted[name] = file
    }

    /// What was in force when nothing rolled out, also where only one before this has seen it.
    private func known(_ name: String) async throws -> BudgetRecord.File? {
        if let seen = budgeted[name] { return seen }
        return try await budgets.record.file(.standing, of: name)
    }

    /// By what the budgets of what runs are, not by what somebody has written since; nil when that is unknown.
    private func terms(
        of bundle: Bundle, _ before: BudgetRecord.File?, after last: String?
    ) async throws -> SpendingTerms? {
        let previous = try await budgets.record.file(.previous, of: bundle.environment)
        let own = [before, previous].compactMap(\.self).first { $0.bundle == bundle.digest }
        guard let last, own?.rollout != last else { return own?.terms }
        guard try await parts.engine.rollout(last).outcome == .succeeded else { return own?.terms }
        return try await budgets.terms(of: last, in: bundle.environment)
    }

    /// Why the file's budgets are read now, and who has brought that about: nobody when the control plane has only been started.
    /// - Parameter isFound: whether nothing has happened since they were set last, as far as that is known.
    private func cause(
        of state: EnvironmentState, _ bundle: Bundle, isFound: Bool
    ) async throws -> (String, String?) {
        guard !isFound, let id = state.last else {
            return ("as the control plane found it when it was started", nil)
        }
        let rollout = try await parts.engine.rollout(id)
        // Not one that was refused meanwhile.
        guard let course = rollout.course, [course.to, course.from].contains(bundle.digest) else {
            return ("as the control plane found it", nil)
        }
        guard rollout.outcome == .succeeded else { return ("as before \(rollout.kind.rawValue) \(id)", nil) }
        return (rollout.cause(of: bundle), rollout.actor)
    }

    private func note(_ failure: String, _ environment: String) {
        guard ledgerFailures.updateValue(failure, forKey: environment) != failure else { return }
        logger.warning("the budgets of \(environment) are unknown: \(failure)")
    }

    /// The times are those of the file as it is now; without a file that says them, the usual ones.
    private func certificates(_ environment: String) async -> AlertFacts.Certificates? {
        guard let served = await parts.router.certificates(environment: environment) else { return nil }
        let definition = definitions[environment]?.router.certificate ?? CertificateDefinition(path: "")
        return AlertFacts.Certificates(served: served, warn: definition.warn, critical: definition.critical)
    }

    private func known(_ environment: String) -> SpendingLook? { spending[environment]?.known(parts.clock.now) }

    /// The part of requests that is to succeed, by service.
    private func promised(_ environment: String) -> [String: Double] {
        (definitions[environment]?.objectives ?? []).reduce(into: [:]) { $0[$1.service] = $1.availability }
    }

    private func patrol(of name: String) -> Patrol {
        if let patrol = patrols[name] { return patrol }
        let (database, releases) = (database, parts.releases)
        let watch = EnvironmentWatch(
            environment: name, engine: parts.engine, signals: signals, clock: parts.clock, gap: pace * 5,
            baselines: { service in
                try await database.read { try BaselineRecord.inForce(name, $0) }[service]?.baseline
            }, objectives: { [weak self] in await self?.promised(name) ?? [:] },
            block: { release, reason in try await releases.block(release, reason: reason) })
        let patrol = Patrol(
            environment: name, engine: parts.engine, platform: parts.platform, watch: watch, alerts: parts.alerts,
            clock: parts.clock, disk: { [space] in space.facts },
            certificates: { [weak self] in await self?.certificates(name) },
            drift: { [drift] in await drift.facts(name) }, machine: { [space] in MachineUsage.read(disk: space) },
            meter: meter, metrics: parts.alertMetrics
        ) { [weak self] _ in await self?.known(name) }
        patrols[name] = patrol
        return patrol
    }
}
