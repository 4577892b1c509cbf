import Analysis
import Foundation
import Testing

/// Looks two seconds apart at a service with 100 requests a second, unless said otherwise.
struct Series {
    var judge: ServiceJudge
    var seconds: Int64 = 0
    private var new = Look.Arm(requests: 0, errors: 0, instances: 2, ready: 2)
    private var old: Look.Arm? = Look.Arm(requests: 0, errors: 0, instances: 2, ready: 2)
    private var newLatencies: [Double: Int64] = [:]
    private var oldLatencies: [Double: Int64] = [:]

    init(_ rules: JudgeRules = JudgeRules(), hasOld: Bool = true) {
        judge = ServiceJudge(service: "api", rules: rules)
        if !hasOld { old = nil }
    }

    struct Tick {
        var requests: Int64 = 20
        var errors: Int64 = 0
        var oldRequests: Int64 = 180
        var oldErrors: Int64 = 0
        var milliseconds = 10.0
        var oldMilliseconds = 10.0
        var ready = 2
        var oldReady = 2
        var healthFailures = 0
        var restarts = 0
        var epoch = "1"
        var broken: String?
        var after: Int64 = 2
        var clients: ArmCount?
        var oldClients: ArmCount?
    }

    /// Buckets as the router has them; each lists its bound, and the one below where that holds nothing.
    private static func histogram(_ counts: [Double: Int64]) -> LatencyHistogram {
        let below = counts.keys.compactMap { upTo in bounds.last { $0 < upTo } }.map { ($0, Int64(0)) }
        return LatencyHistogram(counts.merging(below) { count, _ in count }.map { (upTo: $0.key, count: $0.value) })
    }

    static let bounds: [Double] = [
        1, 2, 5, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 150, 200, 400, 1_000, 1e300,
    ]

    mutating func look(_ change: (inout Tick) -> Void = { _ in }) -> ServiceJudge.Assessment {
        var tick = Tick()
        change(&tick)
        seconds += tick.after
        new.requests += tick.requests
        new.errors += tick.errors
        new.ready = tick.ready
        new.healthFailures = tick.healthFailures
        new.restarts = tick.restarts
        newLatencies[tick.milliseconds, default: 0] += tick.requests
        new.latency = Self.histogram(newLatencies)
        new.clients = tick.clients.map { (new.clients ?? .nothing) + $0 } ?? new.clients
        if let more = tick.oldClients {
            let before = old?.clients ?? .nothing
            old?.clients = before + more
        }
        old?.requests += tick.oldRequests
        old?.errors += tick.oldErrors
        old?.ready = tick.oldReady
        oldLatencies[tick.oldMilliseconds, default: 0] += tick.oldRequests
        old?.latency = Self.histogram(oldLatencies)
        return judge.observe(
            Look(at: seconds * 1_000_000, epoch: tick.epoch, candidate: new, reference: old, broken: tick.broken))
    }

    /// Looks until a verdict fails, for at most `limit` seconds.
    mutating func failure(within limit: Int64, _ change: (inout Tick) -> Void) -> (verdict: Verdict, after: Int64)? {
        let start = seconds
        while seconds - start <= limit {
            if let verdict = look(change).verdicts.first(where: { $0.verdict == .fail }) {
                return (verdict, seconds - start)
            }
        }
        return nil
    }
}

extension ArmCount {
    static let nothing = ArmCount(requests: 0, errors: 0)
}

extension ServiceJudge.Assessment {
    func verdict(_ signal: String) -> Judgement? { verdicts.first { $0.signal == signal }?.verdict }
}

@Suite struct ServiceJudgeTests {
    @Test func `a release like the old one passes`() {
        var series = Series()
        #expect(series.failure(within: 3_600) { $0.oldErrors = 1 } == nil)
        let assessment = series.look()
        #expect(assessment.verdicts.allSatisfy { $0.verdict == .pass })
        #expect(!assessment.holds)
    }

    @Test func `errors that the old bundle has not fail within seconds`() throws {
        var series = Series()
        _ = series.look()
        let failure = try #require(series.failure(within: 60) { $0.errors = 4 })
        #expect(failure.verdict.signal == "error_rate")
        #expect(failure.after <= 6)
        #expect((failure.verdict.e ?? 0) >= 1_000)
    }

    @Test func `errors of both bundles hold, and never fail`() {
        var series = Series()
        #expect(series.failure(within: 1_200) { ($0.errors, $0.oldErrors) = (10, 90) } == nil)
        #expect(series.look { ($0.errors, $0.oldErrors) = (10, 90) }.holds)
    }

    @Test func `an error rate above its limit fails after its time, without traffic on the old bundle`() throws {
        var series = Series(JudgeRules(errorRate: 0.05, alpha: 1e-300))
        _ = series.look { ($0.oldRequests, $0.requests) = (0, 100) }
        let failure = try #require(
            series.failure(within: 600) { ($0.oldRequests, $0.requests, $0.errors) = (0, 100, 6) })
        #expect(failure.after == 302)
        #expect(failure.verdict.limit == 0.05)
    }

    @Test func `an unknown window neither adds to a breach nor resets it`() throws {
        var series = Series(JudgeRules(errorRateFor: .seconds(20), alpha: 1e-300))
        _ = series.look { ($0.oldRequests, $0.requests) = (0, 100) }
        for _ in 0..<6 { _ = series.look { ($0.oldRequests, $0.requests, $0.errors) = (0, 100, 10) } }
        for _ in 0..<60 { #expect(series.look { ($0.oldRequests, $0.requests) = (0, 0) }.holds) }
        let failure = try #require(
            series.failure(within: 60) { ($0.oldRequests, $0.requests, $0.errors) = (0, 100, 10) })
        #expect(failure.after < 20)
    }

    @Test func `latency above twice the baseline fails after its time`() throws {
        var series = Series(JudgeRules(latencyFor: .seconds(20), latencyBaseline: 10))
        _ = series.look()
        let failure = try #require(series.failure(within: 60) { $0.milliseconds = 100 })
        #expect(failure.verdict.signal == "latency")
        #expect(failure.verdict.limit == 20)
        #expect(failure.after >= 20)
    }

    @Test func `latency above twice the baseline is no breach up to the least that counts`() {
        let rules = JudgeRules(latencyFor: .seconds(20), latencyAtLeast: .milliseconds(150), latencyBaseline: 10)
        var series = Series(rules)
        _ = series.look()
        #expect(series.failure(within: 120) { $0.milliseconds = 100 } == nil)
        #expect(series.failure(within: 120) { $0.milliseconds = 200 }?.verdict.limit == 150)
    }

    @Test func `latency that the old bundle has as well holds`() {
        var series = Series(JudgeRules(latencyFor: .seconds(20), latencyBaseline: 10))
        #expect(series.failure(within: 600) { ($0.milliseconds, $0.oldMilliseconds) = (100, 100) } == nil)
    }

    @Test func `the fourth health failure in a row fails, not the third`() {
        var series = Series()
        _ = series.look()
        #expect(series.look { $0.healthFailures = 3 }.verdict("health") == .pass)
        #expect(series.look { $0.healthFailures = 4 }.verdict("health") == .fail)
    }

    @Test func `a bundle of which nothing is ready fails while the old one is ready, and holds while it is not`() throws
    {
        var series = Series()
        _ = series.look()
        #expect(series.failure(within: 600) { ($0.ready, $0.oldReady) = (0, 0) } == nil)
        #expect(series.look { ($0.ready, $0.oldReady) = (0, 0) }.holds)
        #expect(try #require(series.failure(within: 60) { $0.ready = 0 }).after == 8)
    }

    @Test func `an instance that keeps restarting fails`() {
        var series = Series()
        _ = series.look { $0.restarts = 7 }
        #expect(series.look { $0.restarts = 10 }.verdict("health") == .pass)
        #expect(series.look { $0.restarts = 11 }.verdict("health") == .fail)
    }

    @Test func `broken telemetry is neither pass nor fail`() {
        var series = Series()
        let assessment = series.look { ($0.broken, $0.errors) = ("nobody answers", 20) }
        #expect(assessment.verdicts.map(\.verdict) == [.telemetryBroken])
        #expect(assessment.holds)
    }

    @Test(arguments: [("1", Int64(60)), ("2", Int64(2))])
    func `a gap and counters that began anew restart the step's window`(_ epoch: String, _ after: Int64) {
        var series = Series()
        for _ in 0..<5 { _ = series.look() }
        #expect(series.judge.stepRequests == 80)
        _ = series.look { ($0.epoch, $0.after) = (epoch, after) }
        #expect(series.judge.stepRequests == 0)
        #expect(series.judge.stepBegan == series.seconds * 1_000_000)
    }

    @Test func `says in words what is missing`() {
        func why(_ series: inout Series, _ requests: Int64) -> [String] {
            _ = series.look()
            return series.look { $0.requests = requests }.verdicts.dropFirst().map(\.why)
        }
        var idle = Series(hasOld: false)
        #expect(why(&idle, 0) == ["api: no requests in the last 300 s", "api: no answers in the last 300 s"])
        var few = Series(hasOld: false)
        #expect(
            why(&few, 7).map { $0.replacing(/within [0-9.]+ ms/, with: "within N ms") } == [
                "api: 0 of 7 requests failed; fewer than 20 decide nothing",
                "api: 95 % of 7 answers came within N ms; fewer than 20 decide nothing",
            ])
        var first = Series(hasOld: false)
        #expect(why(&first, 50).last?.hasSuffix("; no baseline is on record to compare them with") == true)
    }

    @Test(arguments: [true, false])
    func `an incident of both bundles is no breach of the new one whose window clears a little later`(ofErrors: Bool) {
        var rules = JudgeRules(latencyBaseline: 10, alpha: 1e-9)
        rules.latencyAtLeast = .milliseconds(1)
        var series = Series(rules)
        for _ in 0..<10 { _ = series.look() }
        // Ten minutes, twice as long as what fails when the new bundle is alone with it.
        for _ in 0..<300 {
            let assessment = series.look {
                if ofErrors {
                    ($0.errors, $0.oldErrors) = (4, 36)
                } else {
                    ($0.milliseconds, $0.oldMilliseconds) = (80, 80)
                }
            }
            #expect(assessment.holds || series.seconds < 100)
        }
        for look in 0..<300 {
            let assessment = series.look {
                guard look < 3 else { return }
                if ofErrors { $0.errors = 4 } else { $0.milliseconds = 80 }
            }
            #expect(!assessment.verdicts.contains { $0.verdict == .fail }, "look \(look): \(assessment.verdicts)")
        }
    }

    @Test func `the looks with and without an old bundle share one alpha`() throws {
        var beside = Series()
        _ = beside.look()
        let shares = EvidenceShares()
        var compared = ComparedRateTest(.worse(than: 1), weights: shares.ratios)
        compared.observe(candidate: .init(requests: 20, errors: 2), reference: .init(requests: 180, errors: 1))
        let one = try #require(beside.look { ($0.errors, $0.oldErrors) = (2, 1) }.verdicts.first { $0.e != nil }?.e)
        #expect(abs(one - (0.95 * exp(compared.logE) + 0.05)) < 1e-9)

        var alone = Series(hasOld: false)
        _ = alone.look()
        var absolute = AbsoluteRateTest(allowed: 0.05)
        absolute.observe(.init(requests: 20, errors: 4))
        let other = try #require(alone.look { $0.errors = 4 }.verdicts.first { $0.e != nil }?.e)
        #expect(abs(other - (0.95 * exp(absolute.logE) + 0.05)) < 1e-9)
    }

    @Test func `few requests are not enough evidence`() {
        var series = Series()
        _ = series.look { $0.requests = 1 }
        #expect(series.look { $0.requests = 1 }.verdict("error_rate") == .notEnoughEvidence)
    }

    @Test(arguments: [(0.5, 10.0), (0.95, 19.0), (1.0, 20.0)])
    func `a quantile lies within its bucket`(_ quantile: Double, _ expected: Double) {
        let histogram = LatencyHistogram([(upTo: 10, count: 50), (upTo: 20, count: 50)])
        #expect(abs((histogram.quantile(quantile) ?? 0) - expected) < 1e-9)
    }
}
