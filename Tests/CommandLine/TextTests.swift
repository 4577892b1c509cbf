import ControlPlane
import Foundation
import Rollouts
import Testing

@testable import tidegate

struct TextTests {
    @Test func `columns are as wide as what is in them`() {
        var table = Table("A", "LONG")
        table.add("wider", "x")
        #expect(table.text == "A      LONG\nwider  x")
    }

    @Test func `a cell of several lines shows its first`() {
        var table = Table("WHY")
        table.add("first\nsecond")
        #expect(table.text == "WHY\nfirst …")
    }

    @Test func `an empty environment reads as empty`() {
        let status = StatusDocument(environment: "dev", kind: "development", state: .empty)
        #expect(StatusText.text(status).contains("○ empty  runs nothing"))
    }

    @Test func `the end of a rollout says why, or what serves`() {
        func text(_ outcome: String, _ why: String) -> String {
            RolloutText.finished(
                FinishedDocument(
                    outcome: outcome, rollout: "r1", release: "v2", previous: "v1", seconds: 20, verdicts: [],
                    why: why))
        }
        #expect(text("succeeded", "").hasSuffix("succeeded in 20.0 s: v2 serves"))
        #expect(text("rolled_back", "").hasSuffix("rolled back in 20.0 s: v1 serves"))
        #expect(text("rolled_back", "api: 20 of 229 requests failed").hasSuffix(": api: 20 of 229 requests failed"))
        #expect(text("refused", "A is not set.\nB is not set.").hasSuffix("refused in 20.0 s: nothing was changed"))
    }

    @Test func `a verdict is shown when it tells something`() {
        func text(_ verdict: String, value: Double? = nil) -> String {
            let verdict = VerdictDocument(
                signal: "error_rate", service: "api", verdict: verdict, value: value, limit: 0.05, why: "api: WHY")
            return StatusText.text(
                StatusDocument(environment: "dev", kind: "development", state: .steady, verdicts: [verdict]))
        }
        #expect(!text("pass", value: 0).contains("WHY"))
        #expect(!text("not_enough_evidence").contains("WHY"))
        #expect(text("not_enough_evidence", value: 0.3).contains("error rate: not enough evidence: api: WHY"))
        #expect(text("fail", value: 0.3).contains("error rate: fail: api: WHY"))
    }

    @Test func `a verdict's sentence stands below its numbers on a terminal, and in its row elsewhere`() {
        let why = "api: 4 of 20 requests failed, so between 2 % and 57 %; of the old bundle's 0 of 180. "
        var verdict = VerdictDocument(
            signal: "error_rate", service: "api", verdict: "fail", value: 0.2, limit: 0.05, samples: 20, e: 5_000,
            bound: 2_000, why: why + "A release as good as the old one comes to that once in 2000 rollouts at most")
        verdict.interval = .init(lower: 0.0213, upper: 0.5691)
        let lines = RolloutText.verdicts([verdict, verdict], columns: 200).split(separator: "\n").map(String.init)
        #expect(lines.first == "SIGNAL      SERVICE  VERDICT  VALUE  BETWEEN        LIMIT  SAMPLES")
        #expect(lines[1] == "error_rate  api      fail     0.2    0.0213…0.5691  0.05   20")
        #expect(lines.count == 9 && lines.allSatisfy { $0.count <= 80 })
        #expect(lines[2...4].joined().filter { $0 != " " } == verdict.why.filter { $0 != " " })
        #expect(RolloutText.verdicts([verdict], columns: nil).split(separator: "\n").count == 2)
        #expect(RolloutText.lines("a bb ccccc", atMost: 4) == ["a bb", "ccccc"])
    }

    @Test func `what is unknown is said, not left out`() {
        let status = StatusDocument(
            environment: "dev", kind: "development", state: .degraded, unknown: ["The router does not answer."])
        #expect(StatusText.text(status).contains("unknown: The router does not answer."))
    }

    @Test func `drift is a table with who changed what, and a line that says what to do`() {
        let item = DriftDocument(
            kind: "stale", service: "api", subject: "variable", name: "LIMIT", before: "1", after: "2",
            effect: "restart", message: "runs 1, defined is 2", since: "2026-11-21T14:02:03.000Z", seconds: 180,
            by: .init(file: "environments/dev.yaml", line: 3, text: "environments/dev.yaml:3, not committed"))
        let report = DriftReportDocument(
            environment: "dev", release: "v1", state: "drift", verdict: "restart required: api runs LIMIT",
            since: item.since, fix: "tidegate drift dev --fix", drift: [item],
            unknown: [.init(what: "secret KEY", reason: "the vault is sealed", since: "2026-11-21T14:00:00.000Z")],
            notChecked: ["TOKEN"])
        #expect(
            DriftText.text(report) == """
                dev  ▲ drift  runs v1
                KIND   SERVICE  NAME   WHAT                  NEEDS          SINCE                    BY
                stale  api      LIMIT  runs 1, defined is 2  new instances  2026-11-21 14:02Z (3 m)  \
                environments/dev.yaml:3, not committed
                unknown since 2026-11-21 14:00Z: secret KEY: the vault is sealed
                not checked here: TOKEN: only the shell that rolls out has it
                restart required: api runs LIMIT, since 2026-11-21 14:02Z; mend it: tidegate drift dev --fix
                """)
        #expect(report.exit == .checkFailed)
    }

    @Test func `status says what drifts, that it cannot be compared, and what could run here`() {
        func text(_ state: String, _ verdict: String) -> String {
            StatusText.text(
                StatusDocument(
                    environment: "staging", kind: "staging", state: .steady,
                    driftSummary: DriftSummaryDocument(state: state, verdict: verdict),
                    behind: BehindDocument(
                        release: "v2", from: "dev", since: "2026-11-18T14:02:03.000Z", seconds: 250_000,
                        text: "v2 has been good in dev for 2 d 21 h, and v1 runs here",
                        fix: "tidegate rollout staging --release v2")))
        }
        #expect(text("invalid", "cannot be compared: line 3").contains("drift: cannot be compared: line 3"))
        #expect(text("unknown", "unknown: secret KEY").contains("drift: unknown: secret KEY"))
        #expect(!text("none", "no drift").contains("drift:"))
        #expect(
            text("none", "no drift").contains(
                "behind: v2 has been good in dev for 2 d 21 h, and v1 runs here: tidegate rollout staging --release v2")
        )
    }

    @Test func `secrets in a plan have a name and no value`() {
        let plan = PlanDocument(
            environment: "dev", release: "v2", bundle: "sha256:abc", changes: true,
            configuration: [.init(service: "api", name: "KEY", change: "changed")])
        #expect(PlanText.text(plan).split(separator: "\n")[1] == "  ~ api KEY")
    }

    @Test func `a day is as long as it is where it is asked for, and has begun`() throws {
        // A quarter past midnight in Berlin, on the day after the clocks went back there.
        let now = try #require(Timestamp(rfc3339: "2026-10-25T23:15:00.000Z"))
        func day(_ text: String, _ zone: String) throws -> [String] {
            let bounds = try WrittenTime.day(text, zone: zone, now: now)
            return [bounds.from, bounds.until].map { $0.replacing(/(:00)?(\.0+)?Z/, with: "Z") }
        }
        #expect(try day("yesterday", "UTC") == ["2026-10-24T00:00Z", "2026-10-25T00:00Z"])
        #expect(try day("yesterday", "Europe/Berlin") == ["2026-10-24T22:00Z", "2026-10-25T23:00Z"])
        #expect(try day("today", "Europe/Berlin") == ["2026-10-25T23:00Z", "2026-10-26T23:00Z"])
        #expect(try day("2026-02-28", "UTC") == ["2026-02-28T00:00Z", "2026-03-01T00:00Z"])
        for (text, zone) in [("2026-02-30", "UTC"), ("2026-10-26", "UTC"), ("gestern", "UTC"), ("today", "Mars")] {
            #expect(throws: (any Error).self, "\(text) \(zone)") { try day(text, zone) }
        }
    }

    @Test(arguments: [
        ("2026-11-23T03:00:00.123Z", "2026-11-23T03:00:00.123Z"), ("2026-11-23T03:00Z", "2026-11-23T03:00:00.000Z"),
        ("2026-11-23T04:00:00.5+01:00", "2026-11-23T03:00:00.500Z"), ("90s", "2026-11-23T00:01:30.250Z"),
    ])
    func `a time is read to the millisecond, in any zone, or from now on`(text: String, moment: String) throws {
        let now = try #require(Timestamp(rfc3339: "2026-11-23T00:00:00.250Z"))
        #expect(try WrittenTime.moment(text, now: now) == moment)
    }

    @Test(arguments: ["2026-02-29T00:00Z", "2026-11-23", "2026-11-23T03:00", "tomorrow", "-4h"])
    func `what is no time is told with how to write one`(text: String) {
        let error = #expect(throws: (any Error).self) {
            try WrittenTime.moment(text, now: Timestamp(microseconds: 0))
        }
        #expect("\(String(describing: error))".contains("write it like 2026-12-24T16:00Z"))
    }

    @Test func `a report says what it leaves out, and why it foresees nothing`() throws {
        func report(_ count: Int, by: String) throws -> String {
            let line = #"{"name":"n","spent":"1","overage":"0","quantity":1,"calls":1}"#
            let lines = Array(repeating: line, count: count).joined(separator: ",")
            let json = """
                {"from":"a","until":"b","by":"\(by)","total":"1","unknown":"0.000000000","currency":"USD",
                "lines":[\(lines)],"booked":[],"forecast":null}
                """
            return CostText.report(try JSONDecoder().decode(CostReportDocument.self, from: Data(json.utf8)))
        }
        #expect(try report(100, by: "user").contains("Only the 100 dearest"))
        #expect(try !report(99, by: "user").contains("dearest"))
        #expect(try !report(100, by: "day").contains("dearest"))
        #expect(try report(1, by: "user").contains("before two whole days"))
    }
}
