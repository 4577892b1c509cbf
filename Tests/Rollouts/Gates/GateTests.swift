import Definitions
import Rollouts
import Testing

/// A moment of 2026, in UTC: `at("11-20 15:04")`.
func at(_ text: String) -> Timestamp { Timestamp(rfc3339: "2026-\(text.prefix(5))T\(text.suffix(5)):00.000Z")! }

private let v1 = Digest(of: [1])
private let v2 = Digest(of: [2])
private let now = at("11-21 12:00")

private func arrived(_ release: String, _ digest: Digest, _ time: String) -> SourceChange {
    SourceChange(at: at(time), release: release, digest: digest, kind: .arrived)
}

private func returned(_ release: String, _ digest: Digest, _ time: String) -> SourceChange {
    SourceChange(at: at(time), release: release, digest: digest, kind: .returned(why: "error rate"))
}

private func ask(
    _ terms: GateTerms, overrides: [Gate] = [], _ change: (inout GateFacts) -> Void = { _ in }
) -> [Gate: GateResult] {
    var facts = GateFacts(now: now, environment: "production", release: "v2", releaseDigest: v2, running: v1)
    change(&facts)
    let results = Gates.evaluate(terms, facts, overrides: overrides, offset: zoneOffsetOfIANA)
    return Dictionary(results.map { ($0.gate, $0) }) { first, _ in first }
}

@Suite struct `The gates` {
    private let hour = GateTerms(promotesFrom: "staging", soak: .seconds(3_600))

    @Test func `that nothing is asked for let everything pass`() {
        let results = ask(GateTerms())
        #expect(Set(results.keys) == [.block, .freeze])
        #expect(results.values.allSatisfy { $0.state == .passed && $0.action == nil })
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var changes: [SourceChange]
        var breaches: [Timestamp] = []
        var promotion: GateResult.State
        var soak: GateResult.State
        var possible: Timestamp?
    }

    private static let cases = [
        Case(testDescription: "it was never there", changes: [], promotion: .refused, soak: .refused),
        Case(
            testDescription: "another release was", changes: [arrived("v1", v1, "11-20 12:00")], promotion: .refused,
            soak: .refused),
        Case(
            testDescription: "it has run long enough", changes: [arrived("v2", v2, "11-21 11:00")],
            promotion: .passed, soak: .passed),
        Case(
            testDescription: "it has not run long enough", changes: [arrived("v2", v2, "11-21 11:01")],
            promotion: .passed, soak: .refused, possible: at("11-21 12:01")),
        Case(
            testDescription: "it ran long enough, and was replaced",
            changes: [arrived("v2", v2, "11-20 10:00"), arrived("v3", v1, "11-20 11:00")], promotion: .passed,
            soak: .passed),
        Case(
            testDescription: "it was replaced too early",
            changes: [arrived("v2", v2, "11-20 10:00"), arrived("v3", v1, "11-20 10:59")], promotion: .passed,
            soak: .refused),
        Case(
            testDescription: "it ran long enough, and was taken back",
            changes: [arrived("v2", v2, "11-20 10:00"), returned("v1", v1, "11-20 15:00")], promotion: .refused,
            soak: .refused),
        Case(
            testDescription: "it came again after it was taken back",
            changes: [
                arrived("v2", v2, "11-20 10:00"), returned("v1", v1, "11-20 15:00"), arrived("v2", v2, "11-21 10:00"),
            ], promotion: .passed, soak: .passed),
        Case(
            testDescription: "new configuration goes on with its time",
            changes: [arrived("v2", v2, "11-21 10:30"), arrived("v2", v2, "11-21 11:45")], promotion: .passed,
            soak: .passed),
        Case(
            testDescription: "a rollback brought it back",
            changes: [
                arrived("v2", v2, "11-21 09:00"), arrived("v3", v1, "11-21 09:10"), returned("v2", v2, "11-21 10:50"),
            ], promotion: .passed, soak: .passed),
        Case(
            testDescription: "a verdict failed meanwhile", changes: [arrived("v2", v2, "11-21 09:00")],
            breaches: [at("11-21 11:30")], promotion: .passed, soak: .refused, possible: at("11-21 12:30")),
        Case(
            testDescription: "a verdict failed long ago", changes: [arrived("v2", v2, "11-21 09:00")],
            breaches: [at("11-21 10:30")], promotion: .passed, soak: .passed),
    ]

    @Test(arguments: cases) func `know what a release has proved elsewhere`(_ item: Case) {
        let results = ask(hour) {
            $0.source = item.changes
            $0.breaches = item.breaches
        }
        #expect(results[.promotion]?.state == item.promotion, "\(results)")
        #expect(results[.soak]?.state == item.soak, "\(results)")
        #expect(results[.soak]?.possibleAt == item.possible)
    }

    @Test func `say when a soak is over, and pass then`() throws {
        let source = [arrived("v2", v2, "11-21 11:42")]
        let possible = try #require(ask(hour) { $0.source = source }[.soak]?.possibleAt)
        #expect(
            ask(hour) {
                $0.source = source; $0.now = possible
            }[.soak]?.state == .passed)
        let early = Timestamp(microseconds: possible.microseconds - 1)
        #expect(
            ask(hour) {
                $0.source = source; $0.now = early
            }[.soak]?.state == .refused)
    }

    @Test func `ask nothing of a release that runs here already but its configuration`() {
        let results = ask(hour) { $0.running = v2 }
        #expect(results[.promotion]?.state == .passed && results[.soak]?.state == .passed)
    }

    @Test func `are passed with a reason, where that is possible, one by one`() {
        let results = ask(hour, overrides: [.soak, .block]) {
            $0.block = ReleaseBlock(release: "v2", why: "error rate")
        }
        #expect(results[.soak]?.state == .overridden)
        #expect(results[.promotion]?.state == .refused)
        #expect(results[.block]?.state == .refused)
    }

    @Test func `ask for a reason while an incident is open`() {
        func facts(_ reason: String?) -> (inout GateFacts) -> Void {
            { facts in
                facts.reason = reason
                facts.incident = incident()
            }
        }
        #expect(ask(GateTerms(), facts(nil))[.incident]?.state == .refused)
        #expect(ask(GateTerms(), facts("mended"))[.incident]?.state == .passed)
    }

    private func incident() -> Incident {
        Incident(
            id: "i-1", environment: "production", rollout: "r-1", release: "v9", openedAt: at("11-21 10:00"),
            verdicts: ["error rate"], outcome: .rolledBack)
    }

    @Test func `wait for a person where one is asked for`() {
        let terms = GateTerms(asked: GateDefinition(approval: ApprovalDefinition(by: ["ada"], fourEyes: true)))
        #expect(ask(terms)[.approval]?.state == .waiting)
        #expect(ask(terms) { $0.approvedBy = "ada" }[.approval]?.state == .passed)
    }

    @Test func `look at the newest evidence of each kind, where it counts and while it is young`() {
        let asked = GateDefinition(evidence: [.smoke, .load], evidenceWithin: .seconds(86_400))
        let terms = GateTerms(promotesFrom: "staging", asked: asked)
        func evidence(_ kind: EvidenceKind, _ passed: Bool, _ time: String, _ place: String?) -> GateFacts.Evidence {
            GateFacts.Evidence(kind: kind, passed: passed, at: at(time), by: "ada", environment: place)
        }
        let smoke = evidence(.smoke, true, "11-21 10:00", "staging")
        func state(_ all: [GateFacts.Evidence]) -> GateResult? { ask(terms) { $0.evidence = all }[.evidence] }
        #expect(state([smoke, evidence(.load, true, "11-21 10:00", nil)])?.state == .passed)
        #expect(state([smoke])?.why.contains("load (none on record)") == true)
        #expect(state([smoke, evidence(.load, true, "11-19 10:00", nil)])?.why.contains("older than 1 d") == true)
        let failed = evidence(.load, false, "11-21 11:00", nil)
        #expect(
            state([smoke, failed, evidence(.load, true, "11-21 10:00", nil)])?.why.contains("load (failed") == true)
        let elsewhere = evidence(.smoke, true, "11-21 10:00", "dev")
        #expect(state([elsewhere])?.why.contains("smoke (none from staging)") == true)
    }

    @Test func `refuse when an error budget is used up, and not before it means anything`() {
        let latency = ObjectiveDefinition.Latency(quantile: 0.9, below: .seconds(1))
        let terms = GateTerms(objectives: [ObjectiveDefinition(service: "api", availability: 0.99, latency: latency)])
        func state(_ sum: TrafficSum) -> GateResult.State? {
            ask(terms) { $0.traffic["api"] = sum }[.errorBudget]?.state
        }
        #expect(state(TrafficSum()) == .passed)
        #expect(state(TrafficSum(requests: 99, errors: 5)) == .passed)
        #expect(state(TrafficSum(requests: 1_000, errors: 9)) == .passed)
        #expect(state(TrafficSum(requests: 1_000, errors: 10)) == .refused)
        #expect(state(TrafficSum(requests: 1_000, errors: 0, timed: 1_000, slow: 99)) == .passed)
        #expect(state(TrafficSum(requests: 1_000, errors: 0, timed: 1_000, slow: 100)) == .refused)
        var ignoring = terms
        ignoring.asked.errorBudget = .ignore
        #expect(ask(ignoring)[.errorBudget] == nil)
    }

    @Test func `refuse when a spend limit is reached or unknown, where the file asks`() {
        let terms = GateTerms(asked: GateDefinition(spend: .refuse))
        func state(_ spend: GateFacts.Spend) -> GateResult.State? { ask(terms) { $0.spend = spend }[.spend]?.state }
        #expect(state(.known(reached: [])) == .passed)
        #expect(state(.nothingRuns) == .passed)
        #expect(state(.known(reached: ["total: 25 of 25 USD"])) == .refused)
        #expect(state(.unknown(reason: "the database does not answer")) == .refused)
        #expect(ask(GateTerms()) { $0.spend = .known(reached: ["total"]) }[.spend] == nil)
    }

    @Test func `refuse in a freeze until it ends, or is lifted`() {
        var freeze = Freeze(
            id: "f-1", environment: "production", from: at("11-21 11:00"), until: at("11-21 13:00"), reason: "sale",
            by: "ada", at: at("11-20 10:00"))
        func result(_ time: String) -> GateResult? {
            ask(GateTerms()) {
                $0.freezes = [freeze]; $0.now = at(time)
            }[.freeze]
        }
        #expect(result("11-21 10:59")?.state == .passed)
        #expect(result("11-21 11:00")?.state == .refused)
        #expect(result("11-21 12:59")?.possibleAt == freeze.until)
        #expect(result("11-21 13:00")?.state == .passed)
        freeze.liftedAt = at("11-21 11:30")
        #expect(result("11-21 12:00")?.state == .passed)
    }

    @Test func `never let a freeze pass whose zone nobody knows`() {
        let from = FreezeWindow.WeekTime("01:00")!
        let until = FreezeWindow.WeekTime("02:00")!
        let terms = GateTerms(freezes: [FreezeWindow(from: from, until: until, zone: "Mars/Base", reason: "x")])
        #expect(ask(terms)[.freeze]?.state == .refused)
    }
}
