import ArgumentParser
import Contract
import ControlPlane
import Definitions
import Rollouts

extension ReportFormat: ExpressibleByArgument {}

struct ValidateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Everything that is wrong with the environments' definitions.",
        discussion: """
            Touches nothing, and without --release and --preflight needs no engine. Exit 0 when they are valid, 2 when not.
            With --preflight everything that a rollout would need is looked at, and nothing is changed: exit 3 when
            something cannot be reached, 4 when a check failed.

              tidegate validate
              tidegate validate production --preflight --release v2
              tidegate validate production --format github
              tidegate validate --explain variable.unread
            """)

    @Argument(help: "The environments (default: all).")
    var environments: [String] = []

    @Option(name: .long, help: "How findings are written: text, json, sarif or github.")
    var format: ReportFormat?

    @Option(name: .long, help: ArgumentHelp("What a rule asks, and why.", valueName: "rule"))
    var explain: String?

    @Flag(help: "Go on to look at secrets, databases, providers, hosts and artifacts; change nothing.")
    var preflight = false

    @Option(help: "Validate against this release's contracts instead of those in contracts/.")
    var release: String?

    @Option(help: ArgumentHelp("How long a kind of check may take, such as database=20s.", valueName: "kind=duration"))
    var timeLimit: [String] = []

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        if let explain { return try Self.explain(explain) }
        let limits = try ValidationOfTheWorld.limits(timeLimit)
        let connection = release != nil || preflight ? try await options.connect() : nil
        let result = try await validate(connection)
        guard preflight, let connection else {
            Terminal.text(result.report(written))
            guard result.isValid else { throw ExitCode(ExitStatus.invalidDefinition.rawValue) }
            return
        }
        try await lookAtTheWorld(result, connection, limits)
    }

    private var written: ReportFormat { format ?? (options.json ? .json : .text) }

    private func validate(_ connection: Connection?) async throws -> ValidationResult {
        var contracts: [String: ArtifactContract]?
        if let release, let connection {
            contracts = try await connection.client.contracts(ofRelease: release)
        }
        let validation = try options.findProject().validation()
        do {
            return try validation.validate(environments, contracts: contracts, now: SystemClock().now.seconds)
        } catch {
            throw Refusal("unknown_environment", error.description, exit: .usage)
        }
    }

    /// What is not valid is not looked at: what it names may be anything.
    private func lookAtTheWorld(
        _ result: ValidationResult, _ connection: Connection, _ limits: [String: Double]
    ) async throws {
        guard !environments.isEmpty else {
            throw Refusal(
                "no_environment",
                "A preflight touches the world: name the environments, such as "
                    + "tidegate validate \(result.environments.first ?? "staging") --preflight", exit: .usage)
        }
        let isLive = Terminal.isInteractive && written == .text
        let world = ValidationOfTheWorld(connection: connection, release: release, limits: limits)
        let documents = result.isValid ? try await world.documents(result.environments, isLive: isLive) : []
        var whole = result
        whole.findings += documents.flatMap { document in
            document.checks.compactMap { $0.finding(environment: document.environment) }
        }
        switch written {
        case .text:
            Terminal.text(result.report(.text))
            for document in documents { Terminal.line(PreflightText.text(document)) }
        case .json:
            Terminal.line(
                try JSON.text(
                    PreflightReportDocument(
                        valid: result.isValid && Self.exit(documents) != .invalidDefinition,
                        environments: result.environments,
                        findings: whole.findings.map(FindingDocument.init), preflight: documents)))
        case .sarif, .github: Terminal.text(whole.report(written))
        }
        guard result.isValid else { throw ExitCode(ExitStatus.invalidDefinition.rawValue) }
        if let exit = Self.exit(documents) { throw ExitCode(exit.rawValue) }
    }

    /// Of several environments, what weighs most: a wrong definition, then a failed check, then silence.
    private static func exit(_ documents: [PreflightDocument]) -> ExitStatus? {
        let exits = documents.map(\.exit)
        return [ExitStatus.invalidDefinition, .checkFailed, .unreachable].first(where: exits.contains)
    }

    private static func explain(_ id: String) throws {
        guard let rule = RuleDescription.find(id) else {
            let ids = RuleDescription.all.map(\.id)
            let hint =
                Suggestion.nearest(to: id, among: ids).map { "did you mean \($0)?" }
                ?? "known are \(ids.joined(separator: ", "))."
            throw Refusal("unknown_rule", "There is no rule \(id); \(hint)", exit: .usage)
        }
        Terminal.line("\(rule.id): \(rule.summary)\n\n\(rule.why)")
    }
}
