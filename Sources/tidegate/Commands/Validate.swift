import ArgumentParser
import Contract
import ControlPlane
import Definitions
import Operations
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
              tidegate validate --explain secret
              tidegate validate --explain list
            """)

    @Argument(help: "The environments (default: all).")
    var environments: [String] = []

    @Option(
        name: .long,
        help: """
            How findings are written: text, json, sarif, github (annotations, and a page for the job's summary) or markdown.
            """)
    var format: ReportFormat?

    @Flag(name: .long, help: "Warnings count as errors: exit 2 when there is any.")
    var strict = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What a rule asks, and why, with an example of wrong and right; a family of rules; list; or all.",
            valueName: "rule"))
    var explain: String?

    @Flag(help: "Go on to look at secrets, databases, providers, hosts and artifacts; change nothing.")
    var preflight = false

    @Option(help: "Validate against this release's contracts instead of those in contracts/.")
    var release: String?

    @Option(help: ArgumentHelp("How long a kind of check may take, such as database=20s.", valueName: "kind=duration"))
    var timeLimit: [String] = []

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        if let explain {
            return Terminal.text(try RuleAnswer(explain, format: written).text)
        }
        let limits = try ValidationOfTheWorld.limits(timeLimit)
        if preflight, environments.isEmpty {
            throw Refusal(
                "no_environment",
                "A preflight touches the world: name the environments, such as tidegate validate staging --preflight",
                exit: .usage)
        }
        let connection = release != nil || preflight ? try await options.connect() : nil
        let project = try options.findProject()
        let sources = try project.readSources()
        let result = try await validate(sources, connection)
        // What is not valid is not looked at: what it names may be anything.
        var documents: [PreflightDocument]?
        if preflight, let connection {
            let isLive = Terminal.isInteractive && written == .text
            let world = ValidationOfTheWorld(connection: connection, release: release, limits: limits)
            documents = result.isValid ? try await world.documents(result.environments, isLive: isLive) : []
        }
        let output = ValidationOutput(result: result, sources: sources, folder: project.path, preflight: documents)
        try output.write(written)
        guard result.isValid, !strict || result.findings.isEmpty else {
            throw ExitCode(ExitStatus.invalidDefinition.rawValue)
        }
        if let exit = ValidationOfTheWorld.exit(documents ?? []) { throw ExitCode(exit.rawValue) }
    }

    private var written: ReportFormat { format ?? (options.json ? .json : .text) }

    private func validate(_ sources: ProjectSources, _ connection: Connection?) async throws -> ValidationResult {
        var contracts: [String: ArtifactContract]?
        if let release, let connection {
            contracts = try await connection.client.contracts(ofRelease: release)
        }
        let validation = try ProjectValidation.complete(sources)
        do {
            return try validation.validate(environments, contracts: contracts, now: SystemClock().now.seconds)
        } catch {
            throw Refusal("unknown_environment", error.description, exit: .usage)
        }
    }
}
