import Foundation
import Testing

@testable import Analysis

/// Response times of which half took up to 10 ms, and one in a hundred longer than 40 ms.
private let baseline = LatencyHistogram([
    (upTo: 5, count: 0), (upTo: 8, count: 300), (upTo: 10, count: 200), (upTo: 12, count: 250), (upTo: 15, count: 150),
    (upTo: 20, count: 50), (upTo: 40, count: 40), (upTo: 100, count: 10),
])

private func rules(_ change: (inout JudgeRules) -> Void = { _ in }) -> JudgeRules {
    var rules = JudgeRules(latencyBaseline: 20)
    rules.evidence?.warmUp = .zero
    rules.evidence?.thresholds = LatencyThresholds(baseline: baseline)
    change(&rules)
    return rules
}

@Suite struct ServiceEvidenceTests {
    @Test func `errors and response times share one alpha, and a verdict says how much of it is its own`() throws {
        var series = Series(rules())
        _ = series.look()
        let looks = series.look { ($0.errors, $0.oldErrors) = (1, 1) }.verdicts
        let errors = try #require(looks.first { $0.signal == "error_rate" })
        let latency = try #require(looks.first { $0.signal == "latency" })
        #expect(abs((errors.bound ?? 0) - 1_000 / 0.9) < 1e-6)
        #expect(abs((latency.bound ?? 0) - 1_000 / 0.1) < 1e-6)
    }

    @Test func `weights of the grid are kept with the evidence, and what are none weigh equally`() throws {
        let shares = EvidenceShares()
        #expect(shares.ratios.count == ComparedRateTest.ratios.count && abs(shares.ratios.reduce(0, +) - 1) < 1e-9)
        func evidence(_ weights: [Double]?) -> Double {
            var test = ComparedRateTest(.worse(than: 1), weights: weights)
            test.observe(candidate: .init(requests: 20, errors: 3), reference: .init(requests: 180, errors: 1))
            return test.logE
        }
        let equal = evidence(nil)
        #expect(evidence([1, 2]) == equal && evidence([0, 1, 1, 1, 1, 1, 1, 1]) == equal)
        #expect(evidence(shares.ratios) > equal)
        var test = ComparedRateTest(.worse(than: 1), weights: shares.ratios)
        test.observe(candidate: .init(requests: 20, errors: 3), reference: .init(requests: 180, errors: 1))
        let again = try JSONDecoder().decode(ComparedRateTest.self, from: JSONEncoder().encode(test))
        #expect(again == test && again.logE == evidence(shares.ratios))
    }

    @Test func `slower answers than the old bundle's at the same time fail long before the limit's time`() throws {
        var series = Series(rules())
        _ = series.look()
        let failure = try #require(series.failure(within: 60) { $0.milliseconds = 25 })
        #expect(failure.verdict.signal == "latency")
        #expect(failure.after <= 8)
        let (e, bound) = (try #require(failure.verdict.e), try #require(failure.verdict.bound))
        #expect(e >= bound)
        #expect(failure.verdict.why.contains("took longer than"))
        #expect(failure.verdict.between != nil)
    }

    @Test func `slow answers of instances that have just started are no evidence yet`() throws {
        var series = Series(rules { $0.evidence?.warmUp = .seconds(30) })
        _ = series.look { $0.ready = 1 }
        for _ in 0..<5 { #expect(series.look { ($0.ready, $0.milliseconds) = (1, 25) }.verdict("latency") != .fail) }
        // Another one starts.
        for _ in 0..<15 { #expect(series.look { $0.milliseconds = 25 }.verdict("latency") != .fail) }
        #expect(try #require(series.failure(within: 60) { $0.milliseconds = 25 }).after <= 8)
    }

    @Test func `answers that are slower by less than is tolerated pass, however sure that is`() throws {
        // Between 10 and 12 ms, evenly: half of the new ones are in the upper half.
        var tolerant = Series(rules { $0.evidence?.toleratedLatency = 3 })
        _ = tolerant.look()
        #expect(tolerant.failure(within: 600) { $0.milliseconds = 25 } == nil)
        var strict = Series(rules { $0.evidence?.toleratedLatency = 1 })
        _ = strict.look()
        #expect(strict.failure(within: 600) { $0.milliseconds = 12 } != nil)
    }

    @Test func `answers that slow down for both bundles are no evidence`() throws {
        var series = Series(rules { $0.latencyBaseline = nil })
        _ = series.look()
        #expect(series.failure(within: 1_200) { ($0.milliseconds, $0.oldMilliseconds) = (100, 100) } == nil)
    }

    @Test func `errors and slower answers fail together where neither does alone`() throws {
        var alone = (errors: Series(rules()), latency: Series(rules()))
        var both = Series(rules())
        _ = alone.errors.look()
        _ = alone.latency.look()
        _ = both.look()
        func step(_ series: inout Series, errors: Bool, slow: Bool) -> Bool {
            series.look {
                $0.requests = 3
                if errors { $0.errors = 1 }
                if slow { $0.milliseconds = 40 }
            }.verdicts.contains { $0.verdict == .fail }
        }
        var looks = 0
        while !step(&both, errors: true, slow: true) {
            looks += 1
            try #require(looks < 100)
            #expect(!step(&alone.errors, errors: true, slow: false))
            #expect(!step(&alone.latency, errors: false, slow: true))
        }
        #expect(looks >= 1)
    }

    @Test func `a verdict says what it saw, between which rates that puts the true one, and how sure that is`() throws {
        var series = Series(JudgeRules())
        _ = series.look()
        let failure = try #require(series.failure(within: 60) { $0.errors = 4 })
        #expect(
            failure.verdict.why
                == "api: 4 of 20 requests failed, so between 2 % and 57 %; of the old bundle's 0 of 180. "
                + "A release as good as the old one comes to that once in 1000 rollouts at most")
        let between = try #require(failure.verdict.between)
        #expect(between.lower < 0.2 && between.upper > 0.2)
    }

    @Test func `without anything beside it errors are held against what is allowed`() throws {
        var series = Series(JudgeRules(), hasOld: false)
        _ = series.look()
        let failure = try #require(series.failure(within: 60) { $0.errors = 10 })
        #expect(failure.verdict.why.contains("; 5 % may. A release"))
    }

    @Test func `of looks with few requests nothing is lost, for they are compared together`() {
        func failures(_ rules: EvidenceRules) -> Int64 {
            var series = Series(JudgeRules(evidence: rules))
            _ = series.look()
            for number in Int64(1)...400 {
                let isNew: Int64 = number % 10 == 0 ? 1 : 0
                let verdicts = series.look { ($0.requests, $0.errors, $0.oldRequests) = (isNew, isNew, 1) }.verdicts
                if verdicts.contains(where: { $0.verdict == .fail }) { return number / 10 }
            }
            return 40
        }
        #expect(failures(EvidenceRules(pool: nil)) > 2 * failures(EvidenceRules()))
    }

    @Test func `what came before a step is not compared together with what comes in it`() throws {
        var series = Series(JudgeRules())
        _ = series.look()
        _ = series.look { ($0.requests, $0.errors, $0.oldRequests, $0.oldErrors) = (1, 1, 15, 0) }
        let before = series.judge.evidence.beside
        series.judge.beginStep()
        let after = series.judge.evidence.beside
        #expect(after.candidate.errors == before.candidate.errors + 1)
        #expect(after.reference.requests == before.reference.requests + 15)
    }

    @Test func `where the old bundle has no requests, half of a pool is held against what is allowed`() throws {
        var series = Series(JudgeRules())
        _ = series.look { $0.oldRequests = 0 }
        let failure = try #require(
            series.failure(within: 60) { ($0.requests, $0.errors, $0.oldRequests) = (1, 1, 0) })
        #expect(failure.after <= 24)
        #expect(failure.verdict.why.contains("; 5 % may. A release"))
    }

    @Test func `a client that retries is one error, and many clients are many`() throws {
        func clients(_ failed: Int64) -> ArmCount { ArmCount(requests: 10, errors: failed) }
        var storm = Series()
        _ = storm.look { ($0.clients, $0.oldClients) = (clients(0), clients(0)) }
        let looks = (0..<3).map { _ in
            storm.look { ($0.errors, $0.clients, $0.oldClients) = (15, clients(1), clients(0)) }
        }
        #expect(looks.allSatisfy { $0.verdict("error_rate") != .fail })
        var many = Series()
        _ = many.look { ($0.clients, $0.oldClients) = (clients(0), clients(0)) }
        let failure = try #require(
            many.failure(within: 60) { ($0.errors, $0.clients, $0.oldClients) = (8, clients(5), clients(0)) })
        #expect(failure.verdict.why.contains("clients met a failure"))
    }

    @Test func `where clients are not to be counted, requests are`() throws {
        var series = Series(JudgeRules(evidence: EvidenceRules(countsClients: false)))
        _ = series.look { ($0.clients, $0.oldClients) = (.nothing, .nothing) }
        let failure = try #require(
            series.failure(within: 60) {
                ($0.errors, $0.clients, $0.oldClients) = (8, ArmCount(requests: 10, errors: 0), .nothing)
            })
        #expect(failure.verdict.why.contains("requests failed"))
    }

    @Test func `rules from before there was a choice judge as they did`() throws {
        var series = Series(JudgeRules(evidence: nil))
        _ = series.look()
        var compared = ComparedRateTest()
        compared.observe(candidate: .init(requests: 20, errors: 2), reference: .init(requests: 180, errors: 1))
        let look = series.look { ($0.errors, $0.oldErrors) = (2, 1) }
        #expect(look.verdicts.first { $0.e != nil }?.e == exp(compared.logE))
    }

    @Test(arguments: [0.0, 1, 4, 7.5, 10, 12, 20, 39, 40, 99])
    func `buckets without answers need not be listed`(_ bound: Double) {
        let bounds: [Double] = [1, 2, 5, 7.5, 8, 10, 12, 15, 20, 30, 39, 40, 50, 99, 100]
        let counts: [Double: Int64] = [8: 3, 10: 4, 40: 2, 100: 1]
        let dense = LatencyHistogram(bounds.map { (upTo: $0, count: counts[$0] ?? 0) })
        let sparse = LatencyHistogram(
            bounds.indices.filter { index in
                counts[bounds[index]] != nil || (index + 1 < bounds.count && counts[bounds[index + 1]] != nil)
            }.map { (upTo: bounds[$0], count: counts[bounds[$0]] ?? 0) })
        #expect(sparse.counts.count < dense.counts.count)
        #expect(sparse.above(bound) == dense.above(bound) || !bounds.contains(bound) && bound != 0)
        #expect(LatencyThresholds(baseline: sparse) == LatencyThresholds(baseline: dense))
        #expect(sparse.above(9) == nil)
    }
}

@Suite struct EarlyEvidenceTests {
    @Test func `a release that is as good leaves early, one that is worse does not`() throws {
        var good = Series(rules { $0.evidence?.early = true })
        #expect(!good.judge.isProvedGood)
        for _ in 0..<200 { _ = good.look { ($0.milliseconds, $0.oldMilliseconds) = (10, 10) } }
        // All answers are alike: nothing is above most thresholds, so that their evidence says nothing.
        #expect(!good.judge.isProvedGood)
        for index in 0..<400 {
            let slow = index % 2 == 0 ? 8.0 : 30
            _ = good.look { ($0.milliseconds, $0.oldMilliseconds) = (slow, slow) }
        }
        #expect(good.judge.isProvedGood)
    }

    @Test func `without a baseline nothing is proved good`() {
        var series = Series(JudgeRules(evidence: EvidenceRules(early: true)))
        for _ in 0..<600 { _ = series.look() }
        #expect(!series.judge.isProvedGood)
    }

    @Test func `errors keep a release from leaving early`() throws {
        var series = Series(
            rules {
                $0.evidence?.early = true
                $0.alpha = 1e-300
            })
        for index in 0..<400 {
            let slow = index % 2 == 0 ? 8.0 : 30
            _ = series.look {
                ($0.milliseconds, $0.oldMilliseconds) = (slow, slow)
                ($0.errors, $0.oldErrors) = (index % 2 == 0 ? 1 : 0, index % 4 == 0 ? 1 : 0)
            }
        }
        #expect(!series.judge.isProvedGood)
    }
}
