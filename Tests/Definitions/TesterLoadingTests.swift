import Definitions
import TestSupport
import Testing

@Suite struct TesterLoadingTests {
    @Test(arguments: [
        ("header: X-Release", TesterDefinition(.header, name: "X-Release")),
        ("cookie: release_1", TesterDefinition(.cookie, name: "release_1")),
    ])
    func `testers name a release by a header or a cookie`(line: String, expected: TesterDefinition) throws {
        var fixture = try Fixture()
        fixture.replace("environment: dev", "environment: dev\nrouter: { testers: { \(line) } }")
        fixture.replace("    - smoke\n", "    - smoke\n    - preview\n")
        let result = try fixture.validate(["dev"])
        #expect(result.findings.isEmpty)
        #expect(result.usable["dev"]?.router.testers == expected)
        #expect(result.usable["dev"]?.strategies["canary"]?.steps.contains(.preview) == true)
    }

    @Test func `a preview that no tester can reach is an error`() throws {
        var fixture = try Fixture()
        fixture.replace("    - smoke\n", "    - smoke\n    - preview\n")
        #expect(try fixture.validate(["dev"]).findings.map(\.rule) == ["strategy.preview"])
    }

    @Test(arguments: ["header: a, cookie: b", "", "header: \"a b\"", "header: \"a) -m found\"", "cookie: ''"])
    func `what would be another line of the router's file is no name`(lines: String) throws {
        var fixture = try Fixture()
        fixture.replace("environment: dev", "environment: dev\nrouter: { testers: { \(lines) } }")
        #expect(try fixture.validate(["dev"]).findings.map(\.rule) == ["value.type"])
    }
}
