import Definitions
import FoundationEssentials
import Operations

/// What a preflight is asked.
package struct PreflightBody: Codable, Sendable {
    /// Nil takes the release that runs there, or, where nothing runs, the contracts of the project's files.
    package var release: String?
    package var secrets: CarriedSecrets?
    /// Time limits in seconds, by kind of check, instead of the usual ones.
    package var limits: [String: Double]?

    package init(release: String? = nil, secrets: CarriedSecrets? = nil, limits: [String: Double]? = nil) {
        self.release = release
        self.secrets = secrets
        self.limits = limits
    }
}

/// One thing that a check has to say.
package struct CheckDocument: Codable, Sendable, Equatable {
    package var id: String
    package var kind: CheckKind
    /// The variable, service or host.
    package var subject: String
    package var services: [String]
    package var outcome: CheckOutcome
    package var rule: String
    package var message: String
    @Null package var fix: String?
    package var file: String
    package var line: Int
    package var column: Int
    package var milliseconds: Double

    package init(_ result: CheckResult) {
        id = result.id
        kind = result.kind
        subject = result.subject
        services = result.services
        outcome = result.report.outcome
        rule = result.report.rule ?? result.kind.rule
        message = result.report.sentence
        _fix = Null(wrappedValue: result.report.fix)
        file = result.place.file
        line = result.place.line
        column = result.place.column
        milliseconds = (result.milliseconds * 10).rounded() / 10
    }

    /// As a finding; nil for good news.
    package func finding(environment: String) -> Finding? {
        guard outcome >= .warned else { return nil }
        return Finding(
            rule: rule, severity: outcome.isProblem ? .error : .warning, environment: environment,
            place: Place(file: file, line: line, column: column), name: subject, message: message, fix: fix ?? "")
    }
}

/// A whole preflight.
package struct PreflightDocument: Codable, Sendable, Equatable {
    package var environment: String
    /// Nil when no release was named and nothing runs.
    @Null package var release: String?
    package var passed: Bool
    package var seconds: Double
    package var checks: [CheckDocument]

    package init(environment: String, release: String?, seconds: Double, checks: [CheckDocument]) {
        self.environment = environment
        _release = Null(wrappedValue: release)
        self.seconds = seconds
        self.checks = checks
        passed = !checks.contains { $0.outcome.isProblem }
    }

    /// What is wrong with the definition weighs more than a failed check, and that more than silence: only silence may end
    /// by itself.
    package var exit: ExitStatus {
        switch checks.map(\.outcome).max() {
        case .invalid: .invalidDefinition
        case .failed: .checkFailed
        case .unreachable: .unreachable
        default: .done
        }
    }
}

/// A line of a preflight as it goes on.
package enum PreflightLine: Sendable, Equatable {
    /// A check has begun; it may take `seconds`.
    case began(id: String, seconds: Double)
    case ended(id: String, [CheckDocument])
    case finished(PreflightDocument)
}

extension PreflightLine: Codable {
    private enum CodingKeys: String, CodingKey { case type, id, seconds, checks, preflight }
    private enum Kind: String, Codable { case began, ended, finished }

    package init(from decoder: any Decoder) throws {
        let line = try decoder.container(keyedBy: CodingKeys.self)
        switch try line.decode(Kind.self, forKey: .type) {
        case .began:
            self = .began(
                id: try line.decode(String.self, forKey: .id), seconds: try line.decode(Double.self, forKey: .seconds))
        case .ended:
            self = .ended(
                id: try line.decode(String.self, forKey: .id),
                try line.decode([CheckDocument].self, forKey: .checks))
        case .finished: self = .finished(try line.decode(PreflightDocument.self, forKey: .preflight))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .began(let id, let seconds):
            try line.encode(Kind.began, forKey: .type)
            try line.encode(id, forKey: .id)
            try line.encode(seconds, forKey: .seconds)
        case .ended(let id, let checks):
            try line.encode(Kind.ended, forKey: .type)
            try line.encode(id, forKey: .id)
            try line.encode(checks, forKey: .checks)
        case .finished(let document):
            try line.encode(Kind.finished, forKey: .type)
            try line.encode(document, forKey: .preflight)
        }
    }
}

/// The contracts of a release, each as its own JSON text, for whoever validates against them.
package struct ReleaseContractsDocument: Codable, Sendable, Equatable {
    package var release: String
    /// By service.
    package var contracts: [String: String]

    package init(release: String, contracts: [String: String]) {
        self.release = release
        self.contracts = contracts
    }
}
