import Definitions
import Foundation
import Testing

struct ReportTests {
    private func result() throws -> ValidationResult {
        var fixture = try Fixture()
        fixture.replace("replicas: 2", "replcias: 2")
        return try fixture.validate(["dev"])
    }

    @Test func `text names place, rule and remedy`() throws {
        #expect(
            try result().report(.text) == """
                environments/dev.yaml:4:5: error: `replcias` is no key that is known in `services.api`. [key.unknown]
                  fix: Write `replicas`.
                dev: not valid, 1 error

                """)
    }

    @Test func `JSON is flat, on one line`() throws {
        #expect(
            try result().report(.json) == #"{"valid":false,"environments":["dev"],"findings":[{"rule":"key.unknown","#
                + #""severity":"error","environment":"dev","file":"environments/dev.yaml","line":4,"column":5,"#
                + #""name":"replcias","message":"`replcias` is no key that is known in `services.api`.","#
                + #""fix":"Write `replicas`."}]}"# + "\n")
    }

    @Test func `annotations name file, line and column`() throws {
        #expect(
            try result().report(.github).hasPrefix(
                "::error file=environments/dev.yaml,line=4,col=5,title=key.unknown::`replcias` is no key"))
    }

    @Test func `SARIF names its rules and places`() throws {
        let text = try result().report(.sarif)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["version"] as? String == "2.1.0")
        let runs = try #require(object["runs"] as? [[String: Any]])
        let results = try #require(runs.first?["results"] as? [[String: Any]])
        #expect(results.first?["ruleId"] as? String == "key.unknown")
    }

    @Test func `control characters of a file do not reach the terminal`() throws {
        var fixture = try Fixture()
        fixture.replace("replicas: 2", "\"a\\e[2J\": 2")
        #expect(try !fixture.validate(["dev"]).report(.text).contains("\u{1B}"))
    }
}
