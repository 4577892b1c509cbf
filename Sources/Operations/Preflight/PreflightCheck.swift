import Definitions

/// What a check looks at. Its name is part of the interface: rules are called `preflight.` and this name.
package enum CheckKind: String, Codable, Sendable, CaseIterable {
    case secret, host, database, provider, broker, artifact, trial, machine

    /// How long one such check may take, unless somebody says otherwise.
    package var limit: Duration {
        switch self {
        case .secret: .seconds(30)
        case .host, .broker: .seconds(5)
        case .database, .provider, .machine: .seconds(10)
        case .artifact: .seconds(60)
        case .trial: .seconds(120)
        }
    }

    package var rule: String {
        switch self {
        case .secret: "preflight.secret"
        case .host: "preflight.host"
        case .database: "preflight.database"
        case .provider: "preflight.provider"
        case .broker: "preflight.broker"
        case .artifact: "preflight.artifact"
        case .trial: "preflight.trial"
        case .machine: "preflight.machine"
        }
    }
}

/// How something stands. Ordered by how much it weighs.
package enum CheckOutcome: String, Codable, Sendable, CaseIterable, Comparable {
    case passed
    /// Not looked at, because something else has to be mended first, or because there is nothing to look at yet.
    case skipped
    /// A rollout would begin, and somebody should know.
    case warned
    /// Nobody answered: perhaps later.
    case unreachable
    /// It answers, and it is wrong.
    case failed
    /// The definition itself is wrong.
    case invalid

    package var isProblem: Bool { self >= .unreachable }

    package static func < (one: CheckOutcome, other: CheckOutcome) -> Bool { one.weight < other.weight }

    private var weight: Int { CheckOutcome.allCases.firstIndex(of: self) ?? 0 }
}

/// One thing that a check has to say: a sentence, and what to do when it is no good news. Neither holds a secret.
package struct CheckReport: Sendable, Equatable {
    package var outcome: CheckOutcome
    package var sentence: String
    package var fix: String?
    /// The rule that a wrong value breaks; nil stands for the check's own.
    package var rule: String?

    package init(_ outcome: CheckOutcome, _ sentence: String, fix: String? = nil, rule: String? = nil) {
        self.outcome = outcome
        self.sentence = sentence
        self.fix = fix
        self.rule = rule
    }

    package static func passed(_ sentence: String) -> CheckReport { CheckReport(.passed, sentence) }
}

/// Something to be looked at, and how. The work changes nothing anywhere.
package struct PreflightCheck: Sendable {
    /// `kind/subject`, unlike that of any other check of the run.
    package var id: String
    package var kind: CheckKind
    /// The variable, service or host that it is about.
    package var subject: String
    /// The services that it matters to.
    package var services: [String]
    /// Where what it looks at is defined.
    package var place: Place
    package var limit: Duration
    package var work: @Sendable () async -> [CheckReport]

    package init(
        _ kind: CheckKind, _ subject: String, services: [String], place: Place, limit: Duration,
        work: @Sendable @escaping () async -> [CheckReport]
    ) {
        id = "\(kind.rawValue)/\(subject)"
        self.kind = kind
        self.subject = subject
        self.services = services
        self.place = place
        self.limit = limit
        self.work = work
    }
}

/// What came of a check; one that looked at several things has several.
package struct CheckResult: Sendable, Equatable {
    package var id: String
    package var kind: CheckKind
    package var subject: String
    package var services: [String]
    package var place: Place
    package var report: CheckReport
    package var milliseconds: Double

    package init(_ check: PreflightCheck, _ report: CheckReport, milliseconds: Double) {
        id = check.id
        kind = check.kind
        subject = check.subject
        services = check.services
        place = check.place
        self.report = report
        self.milliseconds = milliseconds
    }
}

/// The time limits of a run: those of the kinds, as far as nobody gave others.
package struct PreflightLimits: Sendable, Equatable {
    package var given: [CheckKind: Duration]

    package init(given: [CheckKind: Duration] = [:]) { self.given = given }

    package subscript(kind: CheckKind) -> Duration { given[kind] ?? kind.limit }
}
