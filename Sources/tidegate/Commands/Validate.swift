import ArgumentParser
import ControlPlane
import Definitions
import Rollouts

extension ReportFormat: ExpressibleByArgument {}

struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Everything that is wrong with the environments' definitions.",
        discussion: """
            Touches nothing and needs no engine. Exit 0 when they are valid, 2 when not.

              tidegate validate
              tidegate validate production --format github
              tidegate validate --explain variable.unread
            """)

    @Argument(help: "The environments (default: all).")
    var environments: [String] = []

    @Option(name: .long, help: "How findings are written: text, json, sarif or github.")
    var format: ReportFormat?

    @Option(name: .long, help: ArgumentHelp("What a rule asks, and why.", valueName: "rule"))
    var explain: String?

    @OptionGroup var options: GlobalOptions

    func run() throws {
        if let explain { return try Self.explain(explain) }
        let validation = try options.findProject().validation()
        let result: ValidationResult
        do {
            result = try validation.validate(environments, now: SystemClock().now.seconds)
        } catch {
            throw Refusal("unknown_environment", error.description, exit: .usage)
        }
        Terminal.text(result.report(format ?? (options.json ? .json : .text)))
        guard result.isValid else { throw ExitCode(ExitStatus.invalidDefinition.rawValue) }
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
