import Definitions
import TestSupport
import Testing

@testable import Operations

@Suite struct SmokeMatcherTests {
    private func unmet(_ matcher: String, _ json: String, path: String = "$.v") throws -> String? {
        let yaml = YAMLDocument.parse(Array("m: \(matcher)".utf8), file: "m.yaml")
        let collector = FindingCollector(findings: yaml.findings)
        let node = try #require(yaml.root?["m"])
        let read = try #require(
            Matcher.read(YAMLReader(node, path: "m", collector: collector)), "\(collector.findings)")
        let value = try #require(JSON(parsing: Array(json.utf8)))
        var values = SmokeValues(known: ["release": "v2"], secrets: [:], makeUUID: { "u" })
        return try read.unmet(by: try #require(JSONPath(path)).values(in: value), &values)
    }

    @Test(arguments: [
        ("done", #"{"v":"done"}"#), ("200", #"{"v":200}"#), ("true", #"{"v":true}"#), ("null", #"{"v":null}"#),
        ("\"${release}\"", #"{"v":"v2"}"#), ("\"!=v1\"", #"{"v":"v2"}"#), ("\"<5\"", #"{"v":4.5}"#),
        ("\">=5\"", #"{"v":5}"#), ("\"~^v[0-9]$\"", #"{"v":"v2"}"#), ("\"contains b\"", #"{"v":"abc"}"#),
        ("contains b", #"{"v":["a","b"]}"#), ("exists", #"{"v":null}"#), ("absent", #"{"w":1}"#),
        ("empty", #"{"v":[]}"#), ("string", #"{"v":"x"}"#), ("integer", #"{"v":3}"#), ("\"=<b>\"", #"{"v":"<b>"}"#),
        ("\"exists\"", #"{"v":"exists"}"#), ("{ count: 2 }", #"{"v":[1,2]}"#),
        ("{ count: \">1\" }", #"{"v":{"a":1,"b":2}}"#),
        ("\"007\"", #"{"v":"007"}"#),
    ])
    func `met`(matcher: String, json: String) throws {
        #expect(try unmet(matcher, json) == nil)
    }

    @Test(arguments: [
        ("done", #"{"v":"working"}"#, "should be \"done\""), ("200", #"{"v":"200"}"#, "should be 200"),
        ("done", #"{}"#, "should be \"done\""), ("\"!=v2\"", #"{"v":"v2"}"#, "should not be \"v2\""),
        ("\"!=v2\"", #"{}"#, "should not be \"v2\""), ("\"<5\"", #"{"v":5}"#, "should be < 5"),
        ("\"~^a\"", #"{"v":"ba"}"#, "should match ~^a"), ("exists", #"{}"#, "should exist"),
        ("absent", #"{"v":1}"#, "should be absent"), ("empty", #"{"v":"x"}"#, "should be empty"),
        ("integer", #"{"v":1.5}"#, "should be of type integer"), ("{ count: 2 }", #"{"v":[1]}"#, "count should be 2"),
        ("\"${release}\"", #"{"v":"v1"}"#, "should be \"v2\""),
    ])
    func `not met, in words`(matcher: String, json: String, words: String) throws {
        #expect(try unmet(matcher, json) == words)
    }

    @Test func `of several values one must do`() throws {
        let json = #"{"results":[{"text":"ebb"},{"text":"the tide"}]}"#
        #expect(try unmet("contains tide", json, path: "$.results[*].text") == nil)
        #expect(try unmet("contains moon", json, path: "$.results[*].text") != nil)
        #expect(try unmet("ebb", json, path: "$['results'][0].text") == nil)
    }

    @Test(arguments: ["", "a.b", "$x", "$.", "$[", "$[x]", "$..a", "$['a]"])
    func `what is no path is refused`(text: String) {
        #expect(JSONPath(text) == nil)
    }

    @Test func `a reference alone keeps its type, one within text becomes text`() throws {
        var values = SmokeValues(known: [:], secrets: [:], makeUUID: { "u" })
        values.save(.number(842), as: "bytes")
        #expect(try #require(Template("${bytes}")).value(&values) == .number(842))
        #expect(try #require(Template("n=${bytes} $${x}")).value(&values) == .string("n=842 ${x}"))
        #expect(throws: SmokeFailure.unknownValue("nope")) { try Template("${nope}")?.value(&values) }
        #expect(Template("${") == nil)
        #expect(Template("${}") == nil)
    }
}
