/// A finding as people read it: said once, with all the environments that it concerns.
struct ReportedFinding: Equatable {
    var finding: Finding
    /// In alphabetical order; empty for what concerns none in particular.
    var environments: [String]

    /// The findings in the order of their places, those that differ by nothing but their environment as one. What is wrong in
    /// a file that several environments extend concerns all of these. The order of `findings` does not matter.
    static func merged(_ findings: [Finding], files: [String: [String]]) -> [ReportedFinding] {
        var groups: [Key: [Finding]] = [:]
        for finding in findings { groups[Key(finding), default: []].append(finding) }
        return groups.map { key, group in
            var all = Set(group.compactMap(\.environment))
            if group.contains(where: { $0.environment == nil }) {
                all.formUnion(files.filter { $0.value.contains(key.place.file) }.keys)
            }
            let environments = all.sorted()
            return ReportedFinding(finding: key.finding(group[0], environments), environments: environments)
        }.sorted { $0.order < $1.order }
    }

    private var order: Order { Order(self) }

    /// What two findings must have in common to be one. The environment's name in a sentence is no difference.
    private struct Key: Hashable {
        var rule: String
        var severity: String
        var place: Place
        var name: String?
        var message: String
        var fix: String
        var exceptionPlace: Place?

        init(_ finding: Finding) {
            rule = finding.rule
            severity = finding.severity.rawValue
            place = finding.place
            name = finding.name
            message = Self.template(finding.message, finding.environment)
            fix = Self.template(finding.fix, finding.environment)
            exceptionPlace = finding.exception?.place
        }

        func finding(_ sample: Finding, _ environments: [String]) -> Finding {
            var finding = sample
            finding.environment = environments.count == 1 ? environments[0] : nil
            if environments.count > 1 {
                finding.message = message.replacing(Self.mark, with: "in " + Sentence.list(environments))
                finding.fix = fix.replacing(Self.mark, with: "in " + Sentence.list(environments))
            }
            return finding
        }

        private static let mark = "in \u{0}"

        /// `in staging` at the end of a word stands for every environment of the group; other mentions are left.
        private static func template(_ text: String, _ environment: String?) -> String {
            guard let environment, text.contains("in \(environment)") else { return text }
            var result = ""
            var rest = text[...]
            while let found = rest.firstRange(of: "in \(environment)") {
                let before = rest[..<found.lowerBound].last
                let after = rest[found.upperBound...].first
                let isWhole =
                    before == " "
                    && !(after.map { $0.isLetter || $0.isNumber || "-_`.".contains($0) && $0 != "." } ?? false)
                result += rest[..<found.lowerBound] + (isWhole ? mark : "in \(environment)")
                rest = rest[found.upperBound...]
            }
            return result + rest
        }
    }

    /// By place; the rest only so that there is one order.
    private struct Order: Comparable {
        let place: (String, Int, Int)
        let rest: (String, String, String, String)

        init(_ reported: ReportedFinding) {
            let finding = reported.finding
            place = (finding.place.file, finding.place.line, finding.place.column)
            rest = (finding.rule, finding.name ?? "", finding.message, reported.environments.joined(separator: " "))
        }

        static func < (first: Order, second: Order) -> Bool {
            first.place != second.place ? first.place < second.place : first.rest < second.rest
        }

        static func == (first: Order, second: Order) -> Bool {
            first.place == second.place && first.rest == second.rest
        }
    }
}

/// Words put together.
enum Sentence {
    /// `dev`, `dev and staging`, `dev, staging and production`.
    static func list(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// `1 error`, `2 errors`.
    static func count(_ number: Int, _ word: String) -> String { "\(number) \(word)\(number == 1 ? "" : "s")" }

    /// `2 errors, 1 warning`; nil for none of both.
    static func counts(_ findings: [Finding]) -> String? {
        let errors = findings.count { $0.severity == .error }
        let parts = [(errors, "error"), (findings.count - errors, "warning")].filter { $0.0 > 0 }.map {
            count($0.0, $0.1)
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }
}
