/// Findings as people read them: by file, each with its line, a caret under what is wrong, and what to write instead.
struct TextReport {
    let result: ValidationResult
    let quotes: SourceQuotes
    let style: TextStyle

    /// The whole report, with a final line feed.
    func text() -> String {
        let reported = result.merged
        var out = ""
        for (file, group) in byFile(reported) {
            out += header(file, group.map(\.finding))
            let digits = group.map { String($0.finding.place.line).utf8.count }.max() ?? 1
            for reported in group { out += block(reported, digits: digits) }
        }
        return out + summary(reported.map(\.finding))
    }

    private func byFile(_ reported: [ReportedFinding]) -> [(String, [ReportedFinding])] {
        var result: [(String, [ReportedFinding])] = []
        for finding in reported {
            if result.last?.0 == finding.finding.place.file {
                result[result.count - 1].1.append(finding)
            } else {
                result.append((finding.finding.place.file, [finding]))
            }
        }
        return result
    }

    private var width: Int { max(40, min(style.width ?? 80, 100)) }

    /// `── environments/dev.yaml ──────── 2 errors, 1 warning ──`
    private func header(_ file: String, _ findings: [Finding]) -> String {
        let counts = Sentence.counts(findings) ?? ""
        let name = Self.printable(file)
        let room = width - DisplayCells.width(of: name) - counts.utf8.count - 8
        let line = String(repeating: "─", count: max(2, room))
        return style.paint("── ", .dim) + style.paint(name, .strong) + style.paint(" \(line) \(counts) ──", .dim)
            + "\n\n"
    }

    private func block(_ reported: ReportedFinding, digits: Int) -> String {
        let finding = reported.finding
        let margin = String(repeating: " ", count: digits + 1)
        func frame(_ mark: String) -> String { margin + style.paint(mark, .dim) }
        let isError = finding.severity == .error
        let label = isError ? "error" : "warning"
        let lead = style.paint(label, isError ? .error : .warning) + "  "
        let indent = String(repeating: " ", count: label.utf8.count + 2)
        let limit = style.width.map { _ in width }
        let sentence = TextStyle.lines(
            Self.printable(finding.message), limit: limit.map { $0 - indent.utf8.count })
        var out = lead + sentence.map { style.paint($0, .strong) }.joined(separator: "\n" + indent) + "\n"
        out += frame("╭─ ") + place(reported, frame("│ "), digits + 4) + "\n"
        if let line = quotes.line(of: finding.place), isThere(finding, line) {
            let shown = line.window(at: finding.place.column, width: width - digits - 3)
            let number = String(finding.place.line)
            let pad = String(repeating: " ", count: digits - number.utf8.count)
            out += pad + style.paint("\(number) │", .dim) + " \(shown.text)\n"
            out += frame("│ ") + style.paint(shown.caret, isError ? .error : .warning) + "\n"
        }
        let fix = TextStyle.lines(Self.printable(finding.fix), limit: limit.map { $0 - digits - 9 })
        let under = "\n" + margin + String(repeating: " ", count: 8)
        out += frame("╰─ ") + style.paint("fix: ", .fix) + fix.joined(separator: under) + "\n"
        if let exception = finding.exception {
            out += margin + "   " + style.paint("lowered from \(exception.from.rawValue): ", .dim)
            out += "\(Self.printable(exception.reason)) (\(exception.place.file):\(exception.place.line))\n"
        }
        return out + "\n"
    }

    /// What is missing stands on no line; the one that it should stand beside would only mislead.
    private func isThere(_ finding: Finding, _ line: SourceLine) -> Bool {
        !finding.rule.hasSuffix(".missing") || line.word(at: finding.place.column) == finding.name
    }

    /// `environments/dev.yaml:4:5  key.unknown  in dev and staging`, which editors and terminals understand.
    /// Where all of it does not fit, the environments stand on a line of their own.
    private func place(_ reported: ReportedFinding, _ frame: String, _ margin: Int) -> String {
        let place = reported.finding.place
        let hasLine = place.file.contains(".")
        let text = Self.printable(place.file) + (hasLine ? ":\(place.line):\(place.column)" : "")
        let rule = "  \(reported.finding.rule)"
        let environments = reported.environments.isEmpty ? "" : "in \(Sentence.list(reported.environments))"
        let whole = margin + DisplayCells.width(of: text + rule + environments) + 2
        guard whole > width, style.width != nil, !environments.isEmpty else {
            return text + style.paint(environments.isEmpty ? rule : "\(rule)  \(environments)", .dim)
        }
        return text + style.paint(rule, .dim) + "\n" + frame + style.paint(environments, .dim)
    }
}

extension TextReport {
    /// One line for each environment, and then what a script would want to know.
    private func summary(_ findings: [Finding]) -> String {
        let names = result.environments
        let column = (names.map { DisplayCells.width(of: $0) }.max() ?? 0) + 2
        var out = ""
        for name in names {
            let own = result.concerning(name)
            let isValid = !own.contains { $0.severity == .error }
            let mark = isValid ? style.paint("✓", .good) : style.paint("✕", .error)
            let pad = String(repeating: " ", count: column - DisplayCells.width(of: name))
            let counts = Sentence.counts(own)
            out += "\(mark) \(name)\(pad)\(isValid ? "valid" : "not valid")\(counts.map { ", \($0)" } ?? "")\n"
        }
        let lowered = findings.count { $0.exception != nil }
        let ignored = result.mergedIgnored.count
        let exceptions = [(ignored, "ignored"), (lowered, "lowered")].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        if !exceptions.isEmpty {
            out += style.paint("  \(exceptions.joined(separator: ", ")) by `rules:` in the files", .dim) + "\n"
        }
        if let counts = Sentence.counts(findings) {
            let verdict = result.isValid ? "Valid" : "Not valid"
            let example = findings.first { $0.severity == .error }?.rule ?? findings[0].rule
            let why = "Why a rule is there: tidegate validate --explain \(example)"
            let isLong = style.width != nil && "\(verdict): \(counts). \(why)".count > width
            out += "\n\(style.paint("\(verdict): \(counts).", .strong))\(isLong ? "\n" : " ")"
            out += style.paint(why, .dim) + "\n"
        }
        return out
    }

    /// Control characters that came from a file never reach a terminal.
    static func printable(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: DisplayCells.isInvisible) else { return text }
        return DisplayCells.cells(text.unicodeScalars.map { $0 == "\t" ? " " : $0 }, column: 1, after: 0).map(\.text)
            .joined()
    }
}
