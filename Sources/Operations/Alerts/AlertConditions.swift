import Rollouts

/// What is known of an environment when its alerts are decided. Nil means that it is not known now, and then nothing
/// that depends on it changes: missing data never resolves an alert.
package struct AlertFacts: Sendable, Equatable {
    /// How the last finished rollout ended.
    package struct LastRollout: Sendable, Equatable {
        package var id: String
        package var release: String
        package var serving: String?
        package var outcome: Outcome
        package var why: String

        package init(id: String, release: String, serving: String?, outcome: Outcome, why: String) {
            self.id = id
            self.release = release
            self.serving = serving
            self.outcome = outcome
            self.why = why
        }
    }

    package struct Service: Sendable, Equatable {
        package var name: String
        package var desired: Int
        package var ready: Int
        /// The most consecutive health failures of one instance, and how many the environment allows.
        package var healthFailures: Int
        package var allowedFailures: Int
        /// A threshold that the running bundle breaches now: a sentence that names the service.
        package var breach: String?
        /// False while nobody judges the bundle, or nothing can be measured: then no breach does not mean that all is well.
        package var isJudged: Bool

        package init(
            name: String, desired: Int, ready: Int, healthFailures: Int, allowedFailures: Int, breach: String?,
            isJudged: Bool = true
        ) {
            self.isJudged = isJudged
            self.name = name
            self.desired = desired
            self.ready = ready
            self.healthFailures = healthFailures
            self.allowedFailures = allowedFailures
            self.breach = breach
        }
    }

    package struct Budget: Sendable, Equatable {
        package var scope: String
        package var spent: String
        package var limit: String
        package var reached: Bool

        package init(scope: String, spent: String, limit: String, reached: Bool) {
            self.scope = scope
            self.spent = spent
            self.limit = limit
            self.reached = reached
        }
    }

    /// The disk of the control plane's own state.
    package struct Disk: Sendable, Equatable {
        package var place: String
        /// In bytes.
        package var available: Int64
        package var isShort: Bool

        package init(place: String, available: Int64, isShort: Bool) {
            self.place = place
            self.available = available
            self.isShort = isShort
        }
    }

    /// What runs otherwise than it is defined.
    package struct Drift: Sendable, Equatable {
        /// The names and services that differ, in one line; nil when nothing does.
        package var verdict: String?
        /// Whether it has been so for longer than the environment allows.
        package var isLasting: Bool

        package init(verdict: String?, isLasting: Bool) {
            self.verdict = verdict
            self.isLasting = isLasting
        }
    }

    package var environment: String
    package var lastRollout: LastRollout?
    package var services: [Service]?
    package var budgets: [Budget]?
    package var disk: Disk?
    package var certificates: Certificates?
    package var drift: Drift?

    package init(
        environment: String, lastRollout: LastRollout? = nil, services: [Service]? = nil,
        budgets: [Budget]? = nil, disk: Disk? = nil, certificates: Certificates? = nil, drift: Drift? = nil
    ) {
        self.certificates = certificates
        self.disk = disk
        self.drift = drift
        self.environment = environment
        self.lastRollout = lastRollout
        self.services = services
        self.budgets = budgets
    }
}

/// From facts to alerts: which fire now, and which could have been decided at all. Pure.
package enum AlertConditions {
    /// The names of alerts, each decided from one kind of fact.
    package enum Name: String, CaseIterable, Sendable {
        case releaseRolledBack = "ReleaseRolledBack"
        case rollbackFailed = "RollbackFailed"
        case thresholdBreached = "ThresholdBreached"
        case serviceDown = "ServiceDown"
        case budgetReached = "BudgetReached"
        case diskFull = "DiskFull"
        case certificateExpiring = "CertificateExpiring"
        case certificateInvalid = "CertificateInvalid"
        case configurationDrift = "ConfigurationDrift"

        /// The page to follow, relative to the project: `runbooks/disk-full.md`. Each alert has its own.
        package var runbook: String {
            let words = rawValue.reduce(into: "") { text, letter in
                text += (letter.isUppercase && !text.isEmpty ? "-" : "") + letter.lowercased()
            }
            return "runbooks/\(words).md"
        }
    }

    /// The alerts that should fire.
    package static func firing(_ facts: AlertFacts, now: Timestamp) -> [Alert] {
        rollout(facts, now) + (facts.services ?? []).flatMap { service($0, facts, now) } + budgets(facts, now)
            + disk(facts, now) + certificates(facts, now) + drift(facts, now)
    }

    /// The names about which these facts say something; an alert of another name stays as it is.
    package static func decidable(_ facts: AlertFacts) -> Set<Name> {
        var names: Set<Name> = []
        if facts.lastRollout != nil { names.formUnion([.releaseRolledBack, .rollbackFailed]) }
        if facts.services != nil { names.insert(.serviceDown) }
        if facts.services?.allSatisfy({ $0.isJudged || $0.breach != nil }) ?? false { names.insert(.thresholdBreached) }
        if facts.budgets != nil { names.insert(.budgetReached) }
        if facts.disk != nil { names.insert(.diskFull) }
        if facts.certificates != nil { names.formUnion([.certificateExpiring, .certificateInvalid]) }
        if facts.drift != nil { names.insert(.configurationDrift) }
        return names
    }

    private static func rollout(_ facts: AlertFacts, _ now: Timestamp) -> [Alert] {
        guard let last = facts.lastRollout else { return [] }
        let serving = last.serving.map { "\($0) serves" } ?? "nothing serves"
        switch last.outcome {
        case .rolledBack:
            return [
                Alert(
                    name: Name.releaseRolledBack.rawValue, environment: facts.environment, release: last.release,
                    severity: .warning,
                    summary: "Release \(last.release) was taken back: \(last.why); \(serving).",
                    action: "tidegate show \(last.id)", runbook: Name.releaseRolledBack.runbook, since: now)
            ]
        case .rollbackFailed:
            return [
                Alert(
                    name: Name.rollbackFailed.rawValue, environment: facts.environment, release: last.release,
                    severity: .critical,
                    summary: "Release \(last.release) could not be taken back: \(last.why); \(serving).",
                    action: "tidegate status \(facts.environment)", runbook: Name.rollbackFailed.runbook,
                    since: now)
            ]
        case .succeeded, .aborted, .refused, .quarantined:
            return []
        }
    }

    private static func service(_ service: AlertFacts.Service, _ facts: AlertFacts, _ now: Timestamp) -> [Alert] {
        var alerts: [Alert] = []
        let failing = service.healthFailures > service.allowedFailures
        if service.desired > 0, service.ready == 0 || failing {
            let summary =
                failing
                ? "An instance of \(service.name) failed \(service.healthFailures) health checks in a row; "
                    + "\(service.ready) of \(service.desired) are ready."
                : "None of the \(service.desired) instances of \(service.name) is ready."
            alerts.append(
                Alert(
                    name: Name.serviceDown.rawValue, environment: facts.environment, service: service.name,
                    severity: .critical, summary: summary,
                    action: "tidegate logs \(facts.environment) \(service.name)",
                    runbook: Name.serviceDown.runbook, since: now))
        }
        if let breach = service.breach {
            alerts.append(
                Alert(
                    name: Name.thresholdBreached.rawValue, environment: facts.environment, service: service.name,
                    severity: .critical, summary: breach,
                    action: "tidegate rollback \(facts.environment)", runbook: Name.thresholdBreached.runbook,
                    since: now))
        }
        return alerts
    }

    private static func disk(_ facts: AlertFacts, _ now: Timestamp) -> [Alert] {
        guard let disk = facts.disk, disk.isShort else { return [] }
        return [
            Alert(
                name: Name.diskFull.rawValue, environment: facts.environment, severity: .critical,
                summary: "The disk of \(disk.place) is full: \(disk.available >> 10) KiB are left. "
                    + "What runs goes on; nothing new begins.",
                action: "df -h \(disk.place)", runbook: Name.diskFull.runbook, since: now)
        ]
    }

    private static func drift(_ facts: AlertFacts, _ now: Timestamp) -> [Alert] {
        guard let drift = facts.drift, drift.isLasting, let verdict = drift.verdict else { return [] }
        return [
            Alert(
                name: Name.configurationDrift.rawValue, environment: facts.environment, severity: .warning,
                summary: "What runs differs from what is defined: \(verdict).",
                action: "tidegate drift \(facts.environment) --fix", runbook: Name.configurationDrift.runbook,
                since: now)
        ]
    }

    private static func budgets(_ facts: AlertFacts, _ now: Timestamp) -> [Alert] {
        (facts.budgets ?? []).filter(\.reached).map { budget in
            Alert(
                name: Name.budgetReached.rawValue, environment: facts.environment, service: budget.scope,
                severity: .critical,
                summary: "The \(budget.scope) budget of the day is reached: \(budget.spent) of \(budget.limit) USD. "
                    + "Jobs wait.",
                action: "tidegate cost report \(facts.environment)", runbook: Name.budgetReached.runbook, since: now)
        }
    }
}
