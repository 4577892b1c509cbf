/// The four ways in which findings are written.
package enum ReportFormat: String, Sendable, CaseIterable {
    case text, json, sarif, github
}

extension ValidationResult {
    /// The whole report, with a final line feed.
    package func report(_ format: ReportFormat) -> String {
        switch format {
        case .text: text
        case .json: json.text() + "\n"
        case .sarif: SARIF.document(self).text(indented: true) + "\n"
        case .github: github
        }
    }

    private var text: String {
        var out = ""
        for finding in findings {
            let place = finding.place
            out += "\(place.file):\(place.line):\(place.column): \(finding.severity.rawValue): "
            out += "\(Self.printable(finding.message)) [\(finding.rule)]\n  fix: \(Self.printable(finding.fix))\n"
        }
        return out + summary + "\n"
    }

    private var summary: String {
        let names = environments.joined(separator: ", ")
        let errors = findings.count { $0.severity == .error }
        let warnings = findings.count - errors
        guard !findings.isEmpty else { return "\(names): valid" }
        let parts = [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }
            .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
        return
            "\(names.isEmpty ? "environments" : names): \(isValid ? "valid" : "not valid"), \(parts.joined(separator: ", "))"
    }

    private var json: JSONText {
        .object([
            ("valid", .boolean(isValid)), ("environments", .array(environments.map { .string($0) })),
            ("findings", .array(findings.map(\.json))),
        ])
    }

    /// Workflow commands: annotations on the lines of a pull request.
    private var github: String {
        func escaped(_ text: String, property: Bool) -> String {
            var out = ""
            for scalar in text.unicodeScalars {
                switch scalar {
                case "%": out += "%25"
                case "\r": out += "%0D"
                case "\n": out += "%0A"
                case ":" where property: out += "%3A"
                case "," where property: out += "%2C"
                default: out.unicodeScalars.append(scalar)
                }
            }
            return out
        }
        return findings.map { finding in
            let place = finding.place
            let file = escaped(place.file, property: true)
            return "::\(finding.severity.rawValue) file=\(file),line=\(place.line),col=\(place.column),"
                + "title=\(escaped(finding.rule, property: true))::"
                + escaped("\(finding.message) \(finding.fix)", property: false) + "\n"
        }.joined()
    }

    /// Control characters that came from a file never reach a terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "�" : $0 }))
    }
}

extension Finding {
    /// The finding as `tidegate validate --json` shows it.
    package var json: JSONText {
        .object([
            ("rule", .string(rule)), ("severity", .string(severity.rawValue)),
            ("environment", environment.map { .string($0) } ?? .null), ("file", .string(place.file)),
            ("line", .integer(place.line)), ("column", .integer(place.column)),
            ("name", name.map { .string($0) } ?? .null), ("message", .string(message)), ("fix", .string(fix)),
        ])
    }
}
