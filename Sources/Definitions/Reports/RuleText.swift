/// Rules as people read them.
package enum RuleText {
    /// One rule on a terminal.
    package static func explain(_ rule: RuleDescription, style: TextStyle = TextStyle()) -> String {
        let limit = style.width.map { max(40, min($0, 100)) }
        let tone: TextStyle.Tone = rule.severity == .error ? .error : .warning
        var out = "\(style.paint(rule.id, .strong))  \(style.paint(rule.severity.rawValue, tone))\n\n"
        out += TextStyle.lines("\(rule.summary) \(rule.why)", limit: limit).joined(separator: "\n") + "\n"
        for (title, example) in [(style.paint("wrong", .error), rule.wrong), (style.paint("right", .good), rule.right)]
        {
            for (index, part) in parts(example).enumerated() {
                out +=
                    "\n\(index == 0 ? title : "and")\(part.path.isEmpty ? "" : style.paint("  \(part.path)", .dim))\n"
                out += indented(part.text, by: "    ") + "\n"
            }
        }
        let lowering = TextStyle.lines(lowering(rule), limit: limit).joined(separator: "\n")
        return out + "\n\(lowering)\n" + (rule.mustHold ? "" : indented(exception(rule), by: "    ") + "\n")
    }

    /// All rules, a line for each.
    package static func list(_ rules: [RuleDescription], style: TextStyle = TextStyle()) -> String {
        let column = (rules.map(\.id.utf8.count).max() ?? 0) + 2
        return rules.map { rule in
            let pad = String(repeating: " ", count: column - rule.id.utf8.count)
            let room = style.width.map { max(20, min($0, 100) - column) }
            let lines = TextStyle.lines(rule.summary, limit: room)
            return style.paint(rule.id, .strong) + pad
                + lines.joined(separator: "\n" + String(repeating: " ", count: column)) + "\n"
        }.joined()
    }

    /// One rule without any markup, as reports carry it.
    static func plain(_ rule: RuleDescription) -> String {
        "\(rule.summary) \(rule.why)\n\nWrong:\n\(examples(rule.wrong))\n\nRight:\n\(examples(rule.right))\n\n\(lowering(rule))"
    }

    private static func examples(_ example: RuleExample) -> String {
        parts(example).map { indented($0.text, by: "    ") }.joined(separator: "\n")
    }

    /// One rule as a section of a page.
    package static func markdown(_ rule: RuleDescription, level: Int) -> String {
        let heading = String(repeating: "#", count: level)
        var out =
            "\(heading) \(rule.id)\n\n\(rule.severity == .error ? "Error" : "Warning"). \(rule.summary) \(rule.why)\n"
        for (title, example) in [("Wrong", rule.wrong), ("Right", rule.right)] {
            for (index, part) in parts(example).enumerated() {
                let place = part.path.isEmpty ? "" : ", in `\(part.path)`"
                out += "\n\(index == 0 ? title : "and")\(place):\n"
                out += part.language.isEmpty ? "\n> \(part.text)\n" : "\n```\(part.language)\n\(part.text)\n```\n"
            }
        }
        return out + (rule.mustHold ? "\n\(lowering(rule))\n" : "")
    }

    /// Rules for programs.
    package static func json(_ rules: [RuleDescription]) -> JSONText {
        .array(
            rules.map { rule in
                .object([
                    ("rule", .string(rule.id)), ("severity", .string(rule.severity.rawValue)),
                    ("summary", .string(rule.summary)), ("why", .string(rule.why)),
                    ("wrong", json(rule.wrong)), ("right", json(rule.right)),
                    ("can_be_lowered", .boolean(!rule.mustHold)),
                ])
            })
    }

    private static func json(_ example: RuleExample) -> JSONText {
        .array(
            parts(example).map {
                .object([("file", $0.path.isEmpty ? .null : .string($0.path)), ("text", .string($0.text))])
            })
    }

    /// The page `docs/rules.md`.
    package static func page(_ rules: [RuleDescription]) -> String {
        var families: [(name: String, rules: [RuleDescription])] = []
        for rule in rules {
            let family = String(rule.id.prefix { $0 != "." })
            if let at = families.firstIndex(where: { $0.name == family }) {
                families[at].rules.append(rule)
            } else {
                families.append((family, [rule]))
            }
        }
        let sections = families.map { family in
            "\n## \(family.name)\n\n" + family.rules.map { markdown($0, level: 3) }.joined(separator: "\n")
        }
        return introduction + "\n" + index(rules) + sections.joined()
    }

    private static func index(_ rules: [RuleDescription]) -> String {
        let rows = rules.map { rule in
            let anchor = rule.id.filter { $0 != "." }
            return "| [\(rule.id)](#\(anchor)) | \(rule.severity.rawValue) | \(MarkdownReport.cell(rule.summary)) |\n"
        }
        return "## All of them\n\n| Rule | Severity | What holds |\n|---|---|---|\n" + rows.joined()
    }

    private static let introduction = """
        # Rules

        What `tidegate validate` asks of the environments' definitions. Each rule has an id, which findings name, and
        `tidegate validate --explain secret.placeholder` shows what is written here. The examples are parts of files: laid over
        a small project that is valid, the wrong one is refused by its rule and the right one is not; tests do just that. This
        page is made by `tidegate validate --explain all --format markdown`.

        An *error* makes an environment invalid: no rollout takes it, and the command ends with exit code 2. A *warning* is said
        and stops nothing, unless `--strict` is given.

        ## To live with a finding

        A rule is lowered or ignored where everybody sees it: in the environment's file, with a reason, and for a while if
        possible. The summary counts what is ignored.

        ```yaml
        rules:
          - rule: variable.unread
            severity: ignore
            for: LEGACY_FLAG
            reason: the old worker reads it until it is switched off
            until: 2027-01-31
        ```

        Rules that say so below cannot be lowered: what breaks them could not be trusted to mean anything.

        """

    private static func lowering(_ rule: RuleDescription) -> String {
        rule.mustHold ? "It cannot be lowered." : "To live with it for a while, in the environment's file:"
    }

    private static func exception(_ rule: RuleDescription) -> String {
        let severity = rule.severity == .error ? "warning" : "ignore"
        return "rules:\n  - { rule: \(rule.id), severity: \(severity), reason: why this is right here }"
    }

    private struct Part {
        var path: String
        var text: String
        /// Of a fenced block; empty for words.
        var language: String
    }

    private static func parts(_ example: RuleExample) -> [Part] {
        example.parts.map { part in
            let language = part.path.hasSuffix(".json") ? "json" : "yaml"
            return switch part.content {
            case .overlay(let text), .contract(let text), .file(let text):
                Part(path: part.path, text: trimmed(text), language: language)
            case .bytes(_, shown: let text): Part(path: part.path, text: trimmed(text), language: "text")
            case .absent: Part(path: part.path, text: "no file", language: "text")
            case .words(let text): Part(path: "", text: text, language: "")
            }
        }
    }

    private static func trimmed(_ text: String) -> String {
        var text = text[...]
        while text.hasSuffix("\n") { text = text.dropLast() }
        return String(text)
    }

    private static func indented(_ text: String, by margin: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { margin + $0 }.joined(separator: "\n")
    }
}
