import Definitions
import Foundation
import Testing

private let repository = Repository()

@Suite(.timeLimit(.minutes(1))) struct `The rules` {
    /// `report("a.b"`, `rule: "a.b"` and their like, wherever findings are made.
    private var report: Regex<(Substring, Substring)> {
        /(?:report|refused|refusal|warn|flaw|finding|rule:|ValueFlaw)\(?\s*(?:rule: )?"([a-z][a-z-]*\.[a-z0-9-]+)"/
    }
    /// A string that is nothing but a rule's id.
    private var literal: Regex<(Substring, Substring)> { /"([a-z][a-z-]*\.[a-z0-9-]+)"/ }

    private func sources() throws -> [(path: String, code: String)] {
        try repository.files("Sources", suffix: ".swift").filter { !$0.contains("Rules/RuleDescription") }
            .map { ($0, try repository.code($0)) }
    }

    @Test func `that are reported are all described`() throws {
        let described = Set(RuleDescription.all.map(\.id))
        var seen = 0
        for (path, code) in try sources() {
            var ids = code.matches(of: report).map { String($0.1) }
            // A file of rules has no other texts of this form, whatever the function is called that reports.
            if path.hasPrefix("Sources/Definitions/Rules/") {
                ids += code.matches(of: literal).map { String($0.1) }
            }
            seen += ids.count
            for id in Set(ids) where !described.contains(id) {
                Issue.record("\(path) reports \(id), which no RuleDescription describes")
            }
        }
        #expect(seen > 40)
    }

    @Test func `that are described are all reported`() throws {
        let used = Set(try sources().flatMap { $0.code.matches(of: literal).map { String($0.1) } })
        for rule in RuleDescription.all where !used.contains(rule.id) {
            Issue.record("\(rule.id) is described, and nothing reports it")
        }
    }
}
