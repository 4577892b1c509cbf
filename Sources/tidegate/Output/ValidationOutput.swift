import ControlPlane
import Definitions
import FoundationEssentials

/// Writes what validation found, where the one who asked will look.
struct ValidationOutput {
    let result: ValidationResult
    let sources: ProjectSources
    /// The project's folder.
    let folder: String
    /// What a preflight found, when one was asked for.
    var preflight: [PreflightDocument]?
    /// Where GitHub says what it runs for.
    var environment = ProcessInfo.processInfo.environment

    func write(_ format: ReportFormat) throws {
        let context = ReportContext(
            sources: sources, style: Terminal.style, prefix: prefix, documentation: documentation)
        switch format {
        case .text:
            Terminal.text(try result.report(format, context))
            for document in preflight ?? [] { Terminal.line(PreflightText.text(document)) }
        case .json: Terminal.text(try json(context))
        case .sarif, .markdown: Terminal.text(try whole.report(format, context))
        case .github:
            Terminal.text(try whole.report(format, context))
            try summarise(context)
        }
    }

    /// With what the preflight found as findings, for readers that know of nothing else.
    private var whole: ValidationResult {
        var whole = result
        whole.findings += (preflight ?? []).flatMap { document in
            document.checks.compactMap { $0.finding(environment: document.environment) }
        }
        return whole
    }

    private func json(_ context: ReportContext) throws -> String {
        let report = try whole.report(.json, context)
        guard let preflight, case .object(var members) = try JSON.decode(JSONValue.self, from: Array(report.utf8))
        else { return report }
        members["valid"] = .bool(result.isValid && ValidationOfTheWorld.exit(preflight) != .invalidDefinition)
        members["preflight"] = try JSON.decode(JSONValue.self, from: Array(try JSON.text(preflight).utf8))
        return try JSON.text(JSONValue.object(members)) + "\n"
    }

    /// GitHub shows the file that it names as the job's summary. A summary that cannot be written is no reason to hide what
    /// was found.
    private func summarise(_ context: ReportContext) throws {
        guard let path = environment["GITHUB_STEP_SUMMARY"], !path.isEmpty else { return }
        let page = try whole.report(.markdown, context)
        do {
            let before =
                try FileManager.default.fileExists(atPath: path) ? Data(contentsOf: URL(filePath: path)) : Data()
            try (before + Data(page.utf8)).write(to: URL(filePath: path))
        } catch {
            Terminal.complain("tidegate: the job's summary could not be written to \(path): \(error)")
        }
    }

    /// The project's folder below the repository's, as a workflow of GitHub names it.
    private var prefix: String {
        guard let workspace = environment["GITHUB_WORKSPACE"], !workspace.isEmpty else { return "" }
        let root = workspace.hasSuffix("/") ? workspace : workspace + "/"
        let project = folder.hasSuffix("/") ? folder : folder + "/"
        return project.hasPrefix(root) ? String(project.dropFirst(root.count)) : ""
    }

    /// The page of all rules as the commit has it that a workflow runs for; nil where the project has none.
    private var documentation: String? {
        guard let server = environment["GITHUB_SERVER_URL"], let repository = environment["GITHUB_REPOSITORY"],
            let commit = environment["GITHUB_SHA"], FileManager.default.fileExists(atPath: "\(folder)/docs/rules.md")
        else { return nil }
        return "\(server)/\(repository)/blob/\(commit)/\(prefix)docs/rules.md"
    }
}

/// What `--explain` answers.
struct RuleAnswer {
    var text: String

    /// - Parameter asked: a rule's id, the part of ids before the dot, `list` or `all`.
    init(_ asked: String, format: ReportFormat, style: TextStyle = Terminal.style) throws {
        let rules: [RuleDescription]
        switch asked {
        case "list", "all": rules = RuleDescription.all
        default:
            rules = RuleDescription.all.filter { $0.id == asked || $0.id.hasPrefix("\(asked).") }
            if rules.isEmpty { throw Self.unknown(asked) }
        }
        switch format {
        case .json: text = RuleText.json(rules).text() + "\n"
        case .markdown where asked == "all": text = RuleText.page(rules)
        case .markdown: text = rules.map { RuleText.markdown($0, level: 3) }.joined(separator: "\n")
        case .text where asked == "all" || rules.count == 1:
            text = rules.map { RuleText.explain($0, style: style) }.joined(separator: "\n")
        case .text: text = RuleText.list(rules, style: style)
        case .sarif, .github:
            throw Refusal(
                "format", "Rules are explained as text, json or markdown, not as \(format.rawValue).", exit: .usage)
        }
    }

    private static func unknown(_ asked: String) -> Refusal {
        let near = Suggestion.nearest(to: asked, among: RuleDescription.all.map(\.id))
        let hint = near.map { "Did you mean \($0)?" } ?? "All of them: tidegate validate --explain list"
        return Refusal("unknown_rule", "There is no rule \(asked). \(hint)", exit: .usage)
    }
}
