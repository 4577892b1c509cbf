import Foundation
import TestSupport
import Testing

@testable import Analysis

/// Looks two seconds apart at a worker; of its jobs one in five is the new bundle's.
private struct Jobs {
    /// Bounds in dollars, in steps of about a fifth.
    static let bounds: [Double] = [0.0001, 0.001, 0.01, 0.1].flatMap { decade in
        [1, 1.2, 1.5, 1.8, 2.2, 2.7, 3.3, 3.9, 4.7, 5.6, 6.8, 8.2].map { $0 * decade }
    }

    var judge: ServiceJudge
    var seconds: Int64 = 0
    private var new = Look.Arm(requests: 0, errors: 0, instances: 1, ready: 1)
    private var old = Look.Arm(requests: 0, errors: 0, instances: 1, ready: 1)

    init(_ rules: JudgeRules) {
        judge = ServiceJudge(service: "worker", rules: rules)
        (new.costs, old.costs) = (JobCosts(), JobCosts())
    }

    /// - Parameter costs: dollars for each job; those of 0 are jobs that cost nothing.
    mutating func look(new costs: [Double], old oldCosts: [Double]) -> [Verdict] {
        seconds += 2
        Self.add(costs, to: &new)
        Self.add(oldCosts, to: &old)
        return judge.observe(Look(at: seconds * 1_000_000, epoch: "1", candidate: new, reference: old)).verdicts
    }

    private static func add(_ costs: [Double], to arm: inout Look.Arm) {
        arm.requests += Int64(costs.count)
        arm.latency = arm.latency + LatencyHistogram([(upTo: 1_000, count: Int64(costs.count))])
        arm.costs = (arm.costs ?? JobCosts()) + Self.counted(costs)
    }

    static func counted(_ costs: [Double]) -> JobCosts {
        let paid = costs.filter { $0 > 0 }
        let buckets = paid.map { cost in (upTo: bounds.first { cost <= $0 } ?? 1e300, count: Int64(1)) }
        let empty = bounds.map { (upTo: $0, count: Int64(0)) }
        return JobCosts(
            histogram: (LatencyHistogram(empty) + LatencyHistogram(buckets)).sparse,
            nanodollars: Int64((paid.reduce(0, +) * 1e9).rounded()))
    }

    /// What documents cost: half of them more than a cent, one in ten more than three.
    static func documents(_ count: Int, times factor: Double = 1, _ random: inout SplitMix) -> [Double] {
        (0..<count).map { _ in factor * 0.01 * exp(0.9 * random.normal()) }
    }

    static func rules(_ change: (inout JudgeRules) -> Void = { _ in }) -> JudgeRules {
        var random = SplitMix(seed: 1)
        var rules = JudgeRules()
        rules.evidence?.costThresholds = LatencyThresholds(baseline: counted(documents(1_000, &random)).histogram)
        change(&rules)
        return rules
    }
}

extension [Verdict] {
    fileprivate var failure: Verdict? { first { $0.verdict == .fail } }
    fileprivate func of(_ signal: String) -> Verdict? { first { $0.signal == signal } }
}

@Suite(.timeLimit(.minutes(2))) struct CostJudgeTests {
    @Test func `a release that doubles what a document costs fails with a sentence in dollars`() throws {
        var random = SplitMix(seed: 4)
        var jobs = Jobs(Jobs.rules())
        var failure: Verdict?
        var seen = 0
        while failure == nil, seen < 400 {
            let new = Jobs.documents(5, times: 2, &random)
            failure = jobs.look(new: new, old: Jobs.documents(20, &random)).failure
            seen += 5
        }
        let verdict = try #require(failure)
        #expect(verdict.signal == "cost" && seen <= 150)
        let (value, limit) = (try #require(verdict.value), try #require(verdict.limit))
        #expect(value > limit && (0.02...0.05).contains(value))
        #expect(try #require(verdict.e) >= (try #require(verdict.bound)) && verdict.between != nil)
        #expect(verdict.why.hasPrefix("worker: $0.0"), "\(verdict.why)")
    }

    @Test func `the sentence has both means, how many cost more, and how sure that is`() throws {
        var jobs = Jobs(
            Jobs.rules {
                $0.evidence?.costThresholds = LatencyThresholds(
                    baseline: LatencyHistogram([(upTo: 0.012, count: 0), (upTo: 0.015, count: 500)]))
            })
        _ = jobs.look(new: [], old: [])
        var failure: Verdict?
        while failure == nil, jobs.seconds < 100 {
            failure = jobs.look(new: [0.031, 0.031, 0], old: [Double](repeating: 0.015, count: 17)).failure
        }
        #expect(
            failure?.why
                == "worker: $0.031 a job against $0.015 of the old bundle's, of 6 and 51 jobs. "
                + "6 of 6 cost more than $0.015, so between 19 % and 100 %; of the old bundle's 0 of 51. "
                + "A release as good as the old one comes to that once in 1000 rollouts at most")
    }

    @Test func `documents that differ as much as ever fail no more releases than alpha says`() {
        let rules = Jobs.rules {
            $0.alpha = 0.1
            $0.evidence?.shares?.cost = 0.9
            $0.evidence?.toleratedCost = 1
        }
        var random = SplitMix(seed: 9)
        let rollouts = 300
        let failed = (0..<rollouts).count { _ in
            var jobs = Jobs(rules)
            for look in 0..<24 {
                // Now and then somebody brings documents that all cost ten times as much.
                let factor = look % 10 == 7 ? 10.0 : 1
                let count = 3 + Int(random.below(5))
                let new = Jobs.documents(count, times: factor, &random)
                if jobs.look(new: new, old: Jobs.documents(4 * count, times: factor, &random)).failure != nil {
                    return true
                }
            }
            return false
        }
        #expect(failed <= rollouts / 10, "\(failed) of \(rollouts)")
    }

    @Test func `a price that doubles for both is no evidence`() {
        var random = SplitMix(seed: 5)
        var jobs = Jobs(Jobs.rules())
        for look in 0..<300 {
            let factor = look < 100 ? 1.0 : 2
            let verdicts = jobs.look(
                new: Jobs.documents(5, times: factor, &random), old: Jobs.documents(20, times: factor, &random))
            #expect(verdicts.failure == nil)
        }
    }

    @Test func `what costs more by less than is tolerated passes, however sure that is`() throws {
        func failed(tolerated: Double) -> Bool {
            // Just above and just below the bound.
            let baseline = LatencyHistogram([(upTo: 0.01, count: 0), (upTo: 0.012, count: 500)])
            var jobs = Jobs(
                Jobs.rules {
                    $0.evidence?.costThresholds = LatencyThresholds(baseline: baseline)
                    $0.evidence?.toleratedCost = tolerated
                })
            return (0..<200).contains { _ in
                jobs.look(new: [0.0125, 0.0125], old: [Double](repeating: 0.0119, count: 8)).failure != nil
            }
        }
        #expect(failed(tolerated: 1) && !failed(tolerated: 1.1))
    }

    @Test func `jobs that cost nothing are no evidence, and no verdict`() {
        var random = SplitMix(seed: 6)
        var mocks = Jobs(Jobs.rules())
        for _ in 0..<100 {
            let verdicts = mocks.look(new: [0, 0, 0, 0, 0], old: [Double](repeating: 0, count: 20))
            #expect(verdicts.of("cost") == nil && verdicts.failure == nil)
        }
        // A release that spends where the old one did not cannot be compared either.
        for _ in 0..<100 {
            let new = Jobs.documents(5, &random)
            #expect(mocks.look(new: new, old: [Double](repeating: 0, count: 20)).of("cost") == nil)
        }
    }

    @Test func `a worker that does not tell is judged as it was, and so are rules from before`() throws {
        var silent = Jobs(JudgeRules())
        var random = SplitMix(seed: 7)
        _ = silent.look(new: [], old: [])
        var verdicts: [Verdict] = []
        for _ in 0..<60 {
            verdicts = silent.look(new: Jobs.documents(5, times: 3, &random), old: Jobs.documents(20, &random))
            #expect(verdicts.failure == nil)
        }
        let cost = try #require(verdicts.of("cost"))
        #expect(cost.verdict == .notEnoughEvidence && cost.e == nil)
        #expect(cost.why.hasSuffix("no baseline is on record to compare them by"))
        #expect(abs((verdicts.of("error_rate")?.bound ?? 0) - 1_000) < 1e-6)

        let data = try JSONEncoder().encode(Jobs.rules())
        var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        var evidence = try #require(object["evidence"] as? [String: Any])
        var shares = try #require(evidence["shares"] as? [String: Any])
        shares["cost"] = nil
        evidence["shares"] = shares
        object["evidence"] = evidence
        let before = try JSONDecoder().decode(
            JudgeRules.self, from: try JSONSerialization.data(withJSONObject: object))
        var old = Jobs(before)
        for _ in 0..<100 {
            let verdicts = old.look(new: Jobs.documents(5, times: 3, &random), old: Jobs.documents(20, &random))
            #expect(verdicts.failure == nil && verdicts.of("cost")?.e == nil)
        }
    }

    @Test func `errors and costs share one alpha, and what was seen is stored to the bit`() throws {
        var random = SplitMix(seed: 8)
        var jobs = Jobs(Jobs.rules())
        var verdicts: [Verdict] = []
        for _ in 0..<10 { verdicts = jobs.look(new: Jobs.documents(5, &random), old: Jobs.documents(20, &random)) }
        #expect(abs((verdicts.of("error_rate")?.bound ?? 0) - 1_000 / 0.9) < 1e-6)
        #expect(abs((verdicts.of("cost")?.bound ?? 0) - 1_000 / 0.1) < 1e-6)
        #expect(verdicts.of("cost")?.verdict == .pass)
        let again = try JSONDecoder().decode(ServiceJudge.self, from: JSONEncoder().encode(jobs.judge))
        #expect(again == jobs.judge)
    }

    @Test(arguments: [
        (15_000_000.0, "$0.015"), (15_349_999, "$0.0153"), (42_000, "$0.000042"), (1, "$0.000000001"),
        (999_600_000, "$1"), (1_253_000_000, "$1.25"), (300_000_000, "$0.30"), (120_456_000_000, "$120.46"), (0, "$0"),
        (1_000_000_000_000, "$1000"),
    ]) func `money has three digits that say something`(_ nanodollars: Double, _ text: String) {
        #expect(dollars(nanodollars) == text)
    }
}
