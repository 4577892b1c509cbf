import ControlPlane
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

    @Test func `what is unknown is said, not left out`() {
        let status = StatusDocument(
            environment: "dev", kind: "development", state: .degraded, unknown: ["The router does not answer."])
        #expect(StatusText.text(status).contains("unknown: The router does not answer."))
    }

    @Test func `secrets in a plan have a name and no value`() {
        let plan = PlanDocument(
            environment: "dev", release: "v2", bundle: "sha256:abc", changes: true,
            configuration: [.init(service: "api", name: "KEY", change: "changed")])
        #expect(PlanText.text(plan).split(separator: "\n")[1] == "  ~ api KEY")
    }
}
