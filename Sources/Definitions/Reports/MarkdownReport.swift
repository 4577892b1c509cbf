/// Findings as a page of GitHub-flavoured Markdown.
enum MarkdownReport {
    /// A job's summary may have a mebibyte; this stays far below.
    static let rows = 500

    static func page(_ result: ValidationResult) -> String {
        let reported = result.merged
        let counts = Sentence.counts(reported.map(\.finding))
        var out = "### \(result.isValid ? "✓ Valid" : "✕ Not valid")\(counts.map { ": \($0)" } ?? "")\n\n"
        out += "| Environment | |\n|---|---|\n"
        for name in result.environments {
            let own = result.concerning(name)
            let isValid = !own.contains { $0.severity == .error }
            let text = "\(isValid ? "✓ valid" : "✕ not valid")\(Sentence.counts(own).map { ", \($0)" } ?? "")"
            out += "| \(cell(name)) | \(text) |\n"
        }
        guard !reported.isEmpty || !result.ignored.isEmpty else { return out }
        out += table("What is wrong", reported.filter { $0.finding.severity == .error })
        out += table("Warnings", reported.filter { $0.finding.severity == .warning })
        return out + exceptions(result)
    }

    private static func table(_ title: String, _ reported: [ReportedFinding]) -> String {
        guard !reported.isEmpty else { return "" }
        var out = "\n#### \(title)\n\n| Where | What | Write instead | Rule |\n|---|---|---|---|\n"
        for reported in reported.prefix(rows) {
            let finding = reported.finding
            let environments =
                reported.environments.count > 1 ? "<br>in \(cell(Sentence.list(reported.environments)))" : ""
            out += "| `\(cell(finding.place.file)):\(finding.place.line):\(finding.place.column)`\(environments) "
            out += "| \(cell(finding.message)) | \(cell(finding.fix)) | `\(finding.rule)` |\n"
        }
        if reported.count > rows { out += "\n\(reported.count - rows) more are left out here.\n" }
        return out
    }

    private static func exceptions(_ result: ValidationResult) -> String {
        let all = result.merged.filter { $0.finding.exception != nil } + result.mergedIgnored
        guard !all.isEmpty else { return "" }
        var out = "\n#### Lowered or ignored by `rules:`\n\n| Where | Rule | Counts as | Why |\n|---|---|---|---|\n"
        for reported in all.prefix(rows) {
            guard let exception = reported.finding.exception else { continue }
            let place = reported.finding.place
            let counts = result.ignored.contains(reported.finding) ? "nothing" : reported.finding.severity.rawValue
            out += "| `\(cell(place.file)):\(place.line)` | `\(reported.finding.rule)` "
            out += "| \(counts), not \(exception.from.rawValue) | \(cell(exception.reason)) |\n"
        }
        return out
    }

    /// Text within a table: nothing of it is markup, except code between back quotes.
    static func cell(_ text: String) -> String {
        var out = ""
        var isCode = false
        // The last of an odd number of back quotes closes nothing, and would swallow the rest of the row.
        let unpaired = text.count { $0 == "`" } % 2 == 1 ? text.lastIndex(of: "`") : nil
        for index in text.indices {
            let character = text[index]
            switch character {
            case "`" where index == unpaired: out += "\\`"
            case "`":
                isCode.toggle()
                out += "`"
            case "|": out += "\\|"
            case "\n", "\r", "\r\n": out += " "
            case "<" where !isCode: out += "&lt;"
            case ">" where !isCode: out += "&gt;"
            case "&" where !isCode: out += "&amp;"
            case "\\", "[", "]", "*", "_", "!", "#", "@", "~", "$": out += isCode ? String(character) : "\\\(character)"
            default: out += TextReport.printable(String(character))
            }
        }
        return out
    }
}
