/// GitHub's workflow commands: annotations on the lines of a pull request.
enum GitHubReport {
    /// GitHub shows as many of each kind a step, and keeps quiet about the others.
    static let shown = 10

    /// Errors first, since the last ones may not be shown.
    static func annotations(_ result: ValidationResult, prefix: String) -> String {
        let reported = result.merged
        let ordered =
            reported.filter { $0.finding.severity == .error } + reported.filter { $0.finding.severity != .error }
        var out = ordered.map { annotation($0, prefix) }.joined()
        let hidden = [Finding.Severity.error, .warning].map { kind in
            max(0, reported.count { $0.finding.severity == kind } - shown)
        }.reduce(0, +)
        if hidden > 0 {
            out +=
                "::notice title=tidegate::"
                + escaped(
                    "\(Sentence.count(hidden, "more finding")) than GitHub shows for a step: see the job's summary.")
                + "\n"
        }
        return out
    }

    private static func annotation(_ reported: ReportedFinding, _ prefix: String) -> String {
        let finding = reported.finding
        let place = finding.place
        let environments = reported.environments.isEmpty ? "" : " in \(Sentence.list(reported.environments))"
        let properties = [
            "file=\(escapedProperty(prefix + place.file))", "line=\(place.line)", "col=\(place.column)",
            "title=\(escapedProperty(finding.rule + environments))",
        ]
        let text = TextReport.printable("\(finding.message) \(finding.fix)")
        return "::\(finding.severity.rawValue) \(properties.joined(separator: ","))::\(escaped(text))\n"
    }

    /// As the runner's toolkit escapes data.
    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { out, scalar in
            switch scalar {
            case "%": out += "%25"
            case "\r": out += "%0D"
            case "\n": out += "%0A"
            default: out.unicodeScalars.append(scalar)
            }
        }
    }

    private static func escapedProperty(_ text: String) -> String {
        escaped(text).unicodeScalars.reduce(into: "") { out, scalar in
            switch scalar {
            case ":": out += "%3A"
            case ",": out += "%2C"
            default: out.unicodeScalars.append(scalar)
            }
        }
    }
}
