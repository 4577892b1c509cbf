import Definitions
import Foundation
import Testing

/// What code scanning asks of a SARIF file.
@Suite(.timeLimit(.minutes(5)))
struct ReportSARIFTests {
    private func run(_ fixture: Fixture, prefix: String = "") throws -> [String: Any] {
        let text = try fixture.report(.sarif, prefix: prefix)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["version"] as? String == "2.1.0")
        let runs = try #require(object["runs"] as? [[String: Any]])
        return try #require(runs.first)
    }

    private func results(_ run: [String: Any]) throws -> [[String: Any]] {
        try #require(run["results"] as? [[String: Any]])
    }

    private func location(_ result: [String: Any]) throws -> (uri: String?, base: String?, line: Int?) {
        let locations = result["locations"] as? [[String: Any]]
        let physical = try #require(locations?.first?["physicalLocation"] as? [String: Any])
        let artifact = physical["artifactLocation"] as? [String: String]
        let region = physical["region"] as? [String: Int]
        return (artifact?["uri"], artifact?["uriBaseId"], region?["startLine"])
    }

    private func broken() throws -> Fixture {
        var fixture = try Fixture()
        fixture.replace("replicas: 2", "replcias: 2")
        fixture.replace("MODE: real", "MODE: reel")
        return fixture
    }

    @Test func `every result names its rule by id and by index`() throws {
        let run = try run(try broken())
        let driver = (run["tool"] as? [String: Any])?["driver"] as? [String: Any]
        let rules = try #require(driver?["rules"] as? [[String: Any]])
        #expect(try results(run).count == 2)
        for result in try results(run) {
            let index = try #require(result["ruleIndex"] as? Int)
            #expect(rules[index]["id"] as? String == result["ruleId"] as? String)
        }
        for rule in rules {
            let help = rule["help"] as? [String: String]
            #expect(help?["text"]?.isEmpty == false && help?["markdown"]?.contains("```yaml") == true)
            let properties = rule["properties"] as? [String: Any]
            #expect(properties?["precision"] as? String == "very-high")
            #expect(["error", "warning"].contains(properties?["problem.severity"] as? String))
            #expect((properties?["tags"] as? [String])?.first == "configuration")
        }
    }

    @Test func `files are named below the repository, encoded as in an address`() throws {
        var fixture = try broken()
        fixture.files["environments/q a.yaml"] = "a: 1\n"
        let run = try run(fixture, prefix: "deploy/")
        let base = run["originalUriBaseIds"] as? [String: Any]
        #expect(base?["%SRCROOT%"] != nil)
        let places = try results(run).map(location)
        #expect(places.contains { $0.uri == "deploy/environments/dev.yaml" && $0.line == 4 })
        #expect(places.contains { $0.uri == "deploy/environments/q%20a.yaml" })
        #expect(places.allSatisfy { $0.base == "%SRCROOT%" })
    }

    @Test func `a finding keeps its fingerprint when its line moves, and no two share one`() throws {
        func prints(_ fixture: Fixture) throws -> [String] {
            try results(run(fixture)).compactMap {
                ($0["partialFingerprints"] as? [String: String])?["primaryLocationLineHash"]
            }
        }
        var fixture = try broken()
        let before = try prints(fixture)
        fixture.replace("environment: dev", "# one\n# two\nenvironment: dev")
        #expect(try prints(fixture) == before)
        #expect(Set(before).count == 2)
        #expect(before.allSatisfy { $0.wholeMatch(of: /[0-9a-f]{16}:1/) != nil })
    }

    @Test func `each rule links to its heading on the page of rules, where that is known`() throws {
        let fixture = try broken()
        let context = ReportContext(
            sources: fixture.sources, documentation: "https://github.com/o/r/blob/abc/docs/rules.md")
        let text = try fixture.validate().report(.sarif, context)
        #expect(text.contains(#""helpUri": "https://github.com/o/r/blob/abc/docs/rules.md#keyunknown""#))
        #expect(try !fixture.report(.sarif).contains("helpUri"))
    }

    @Test func `what is ignored is there, suppressed with its reason`() throws {
        var fixture = try broken()
        fixture.files["environments/dev.yaml"]! += """
            rules:
              - { rule: variable.unread, severity: ignore, for: OLD, reason: the old worker reads it until the move }

            """
        fixture.replace("  MODE: reel", "  MODE: real\n  OLD: x")
        let ignored = try results(run(fixture)).filter { $0["suppressions"] != nil }
        let suppressions = try #require(ignored.first?["suppressions"] as? [[String: Any]])
        #expect(ignored.count == 1 && ignored[0]["ruleId"] as? String == "variable.unread")
        #expect(suppressions.first?["kind"] as? String == "inSource")
        #expect(suppressions.first?["justification"] as? String == "the old worker reads it until the move")
    }

    @Test func `runs over other environments stand beside each other`() throws {
        let details = try run(try broken())["automationDetails"] as? [String: String]
        #expect(details?["id"] == "tidegate/dev+production/")
    }
}
