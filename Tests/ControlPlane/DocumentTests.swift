import ControlPlane
import Definitions
import Foundation
import Rollouts
import Testing

/// The documents as the interface promises them.
struct DocumentTests {
    private func keys(_ value: some Encodable) throws -> Set<String> {
        guard case .object(let object) = try JSON.decode(JSONValue.self, from: try JSON.encode(value)) else {
            return []
        }
        return Set(object.keys)
    }

    @Test func `a status has the promised keys, the unknown ones as null`() throws {
        let status = StatusDocument(environment: "dev", kind: "development", state: .empty)
        let promised: Set = [
            "environment", "release", "bundle", "state", "services", "rollout", "drift", "alerts", "spend",
        ]
        #expect(try keys(status).isSuperset(of: promised))
        #expect(try JSON.text(status).contains(#""rollout":null"#))
    }

    @Test func `an instance has the promised keys`() throws {
        let promised: Set = [
            "id", "release", "bundle", "ready", "url", "weight", "config_digest", "proof", "restarts", "since",
        ]
        #expect(try keys(Sample.instance("i", "v2", weight: 50)).isSuperset(of: promised))
    }

    @Test func `an event is one flat object`() throws {
        let expected =
            #"{"at":"2026-11-21T01:02:05.001Z","percent":50,"rollout":"r1","seq":2,"service":"api","#
            + #""text":"api: v2 50 %, v1 50 %","type":"weights_shifted"}"#
        #expect(try JSON.text(Sample.events[1]) == expected)
        #expect(try JSON.decode(EventDocument.self, from: Array(expected.utf8)) == Sample.events[1])
    }

    @Test func `the last line is as promised`() throws {
        let expected =
            #"{"outcome":"rolled_back","previous":"v1","release":"v2","rollout":"r1","seconds":12.3,"#
            + #""type":"finished","verdicts":[{"at":null,"bound":1000,"e":1400.2,"limit":0.05,"samples":240,"#
            + #""service":"api","signal":"error_rate","value":0.21,"verdict":"fail","#
            + #""why":"21 % of 240 requests failed, over 5 %"}],"why":"21 % of 240 requests failed"}"#
        #expect(try JSON.text(Sample.finished) == expected)
    }

    @Test(arguments: [
        ("succeeded", ControlPlane.ExitStatus.done), ("rolled_back", .rolledBack), ("rollback_failed", .rollbackFailed),
        ("quarantined", .rollbackFailed), ("aborted", .refused), ("refused", .refused),
    ])
    func `an outcome is an exit code`(outcome: String, exit: ControlPlane.ExitStatus) {
        var finished = Sample.finished
        finished.outcome = outcome
        #expect(finished.exit == exit)
    }

    @Test func `a smoke step has the promised keys`() throws {
        let step = SmokeDocument.Step(name: "GET /", passed: true, attempts: 1, milliseconds: 12.1)
        #expect(
            try keys(step) == ["name", "passed", "attempts", "milliseconds", "timings", "failure"])
    }

    @Test func `a finding is flat`() throws {
        let text = #"""
            {"column":5,"environment":"production","file":"environments/production.yaml","fix":"Set it.","line":41,
             "message":"It is a placeholder.","name":"KEY","rule":"secret.placeholder","severity":"error"}
            """#
        let finding = try JSON.decode(FindingDocument.self, from: Array(text.utf8))
        #expect(finding.finding.place.line == 41)
        #expect(try JSON.text(finding) == text.split(separator: "\n").map { $0.drop { $0 == " " } }.joined())
    }

    @Test(arguments: [
        ("7070", "127.0.0.1:7070"), (":0", "127.0.0.1:0"), ("0.0.0.0:80", "0.0.0.0:80"), ("[::1]:7", "[::1]:7"),
    ])
    func `addresses are read as people write them`(text: String, address: String) throws {
        #expect(try ListenAddress(text).description == address)
    }

    @Test(arguments: ["", "here", "127.0.0.1:", "1:99999", "host:http"])
    func `what is no address is refused`(text: String) {
        #expect(throws: Refusal.self) { _ = try ListenAddress(text) }
    }

    @Test(arguments: [
        ("https://ops.example.com", "https://ops.example.com"), ("HTTP://Ops:7070/", "http://ops:7070"),
        ("https://ops.example.com/tide%20gate//", "https://ops.example.com/tide%20gate"),
        ("http://[FE80::1]:80/a/b", "http://[fe80::1]:80/a/b"),
    ])
    func `a public address begins links, whether it is written with a slash at its end or without`(
        text: String, address: String
    ) throws {
        #expect(try PublicAddress(text).description == address)
    }

    @Test(arguments: [
        ("ops.example.com", "neither with http://"), ("ftp://ops", "neither with http://"),
        ("", "neither with http://"), ("https://", "names no host"), ("https:///x", "names no host"),
        ("https://a b/", "names no host"),
        ("https://ops:0/", "a port is"), ("https://ops:http", "a port is"), ("https://ops:", "a port is"),
        ("https://ops/?x=1", "no ? and no #"), ("https://ops/#", "no ? and no #"), ("https://ops/\"", "characters"),
        ("https://ada:sesame@ops", "a password in it"),
    ])
    func `what is no public address is wrong usage, and the sentence says why`(text: String, why: String) throws {
        let refusal = try #require(throws: Refusal.self) { _ = try PublicAddress(text) }
        #expect(refusal.exit == .usage && refusal.message.contains(why) && !refusal.message.contains("sesame"))
    }

    @Test func `a watch is summed up in a line, and one for each service`() {
        let from = Timestamp(microseconds: 1_790_000_000_000_000)
        var summary = WatchSummary(
            rollout: "r1", environment: "dev", release: "v2", from: from, until: from + .seconds(7200),
            services: [
                .init(service: "api", traffic: TrafficSum(requests: 2000, errors: 1, timed: 1000, slow: 5)),
                .init(service: "worker", traffic: TrafficSum()),
            ])
        #expect(
            WatchDocument(summary).lines == [
                "watched for 2 h after it succeeded: no verdict failed",
                "api: 1 of 2000 failed (0.05 %), 0.5 % were slower than promised", "worker: nothing to do",
            ])
        summary.endedBy = "r2"
        summary.breaches = .init(minutes: 1, first: from + .seconds(60), why: "5 % failed")
        #expect(
            WatchDocument(summary).lines.first
                == "watched for 2 h after it succeeded, until r2 began: a verdict failed in one minute, first at "
                + "2026-09-21 14:14Z: 5 % failed")
    }
}
