import Analysis
import TestSupport
import Testing

/// Streams of requests in ticks of 5 s, with a tenth of them for the candidate unless said otherwise.
@Suite(.timeLimit(.minutes(2))) struct ErrorSimulationTests {
    struct Traffic {
        var perTick: Int64 = 250
        var weight = 0.1
        var base = 0.001
        var candidate = 0.001
        /// Chances of the tick, in place of `base` and `candidate`.
        var incident: (ticks: Range<Int>, rate: Double)?
        /// Every error comes this many times, on the same arm.
        var cluster: Int64 = 1

        func tick(_ index: Int, _ random: inout SplitMix) -> (candidate: ArmCount, reference: ArmCount) {
            let share = Double(perTick) * weight
            let fresh = Int64(share) + (random.uniform() < share.truncatingRemainder(dividingBy: 1) ? 1 : 0)
            let hit = incident.flatMap { $0.ticks.contains(index) ? $0.rate : nil }
            let errors = random.binomial(fresh, hit ?? candidate) * cluster
            let others = random.binomial(perTick - fresh, hit ?? base) * cluster
            return (
                ArmCount(requests: fresh, errors: min(fresh, errors)),
                ArmCount(requests: perTick - fresh, errors: min(perTick - fresh, others))
            )
        }
    }

    /// The tick after which E reached 1/alpha, and the candidate's errors until then.
    static func decision(
        _ traffic: Traffic, _ test: ComparedRateTest, logBound: Double, ticks: Int, largestCluster: Int64 = 1,
        _ random: inout SplitMix
    ) -> (ticks: Int64, errors: Int64)? {
        var test = test
        var errors: Int64 = 0
        for index in 0..<ticks {
            let (candidate, reference) = traffic.tick(index, &random)
            errors += candidate.errors
            guard candidate.errors + reference.errors > 0 else { continue }
            test.observe(candidate: candidate, reference: reference, largestCluster: largestCluster)
            if test.logE >= logBound { return (Int64(index + 1), errors) }
        }
        return nil
    }

    static func falseAlarms(
        _ traffic: Traffic, of rollouts: Int, test: ComparedRateTest = ComparedRateTest(), logBound: Double,
        ticks: Int = 360, largestCluster: Int64 = 1, seed: UInt64
    ) -> Int {
        var random = SplitMix(seed: seed)
        return (0..<rollouts).count { _ in
            decision(
                traffic, test, logBound: logBound, ticks: ticks, largestCluster: largestCluster, &random) != nil
        }
    }

    private static let hundred = 4.605170186
    private static let thousand = 6.907755279

    @Test func `healthy releases are taken back less often than alpha says`() {
        #expect(Self.falseAlarms(Traffic(), of: 500, logBound: Self.hundred, seed: 1) <= 5)
        #expect(Self.falseAlarms(Traffic(weight: 0.5), of: 300, logBound: Self.hundred, seed: 2) <= 3)
        let incident = Traffic(incident: (60..<120, 0.2))
        #expect(Self.falseAlarms(incident, of: 200, logBound: Self.hundred, seed: 3) <= 2)
    }

    @Test func `the bound holds for errors that are not rare and a ratio that is tolerated`() {
        let twice = Traffic(perTick: 40, weight: 0.3, base: 0.2, candidate: 0.4)
        let test = ComparedRateTest(tolerated: 2)
        #expect(Self.falseAlarms(twice, of: 300, test: test, logBound: Self.hundred, ticks: 100, seed: 4) <= 3)
    }

    @Test func `a release that is too bad is promoted early less often than the bound says`() {
        let twice = Traffic(perTick: 100, weight: 0.3, base: 0.02, candidate: 0.04)
        let test = ComparedRateTest(.better(than: 2))
        #expect(Self.falseAlarms(twice, of: 300, test: test, logBound: Self.hundred, ticks: 150, seed: 5) <= 3)
    }

    /// Where a bound counts errors as independent, five at once look like evidence.
    @Test func `errors in clusters keep the bound when they are divided by the largest`() {
        let clusters = Traffic(cluster: 5)
        let raw = Self.falseAlarms(clusters, of: 200, logBound: Self.thousand, seed: 6)
        let divided = Self.falseAlarms(clusters, of: 500, logBound: Self.thousand, largestCluster: 5, seed: 6)
        #expect(raw >= 20)
        #expect(divided <= 1)
    }

    struct Delay: Sendable, CustomTestStringConvertible {
        var perTick: Int64
        var weight = 0.1
        var base = 0.001
        var candidate: Double
        /// Seconds at the median, of an independent implementation.
        var median: Int64
        var errors: Int64
        var testDescription: String { "\(perTick / 5) a second, \(candidate * 100) % errors" }
    }

    @Test(arguments: [
        Delay(perTick: 250, candidate: 1, median: 5, errors: 25),
        Delay(perTick: 250, candidate: 0.05, median: 20, errors: 5),
        Delay(perTick: 250, candidate: 0.02, median: 55, errors: 6),
        Delay(perTick: 250, candidate: 0.01, median: 140, errors: 8),
        Delay(perTick: 250, base: 0.005, candidate: 0.01, median: 1_018, errors: 52),
        Delay(perTick: 2_500, weight: 0.05, candidate: 0.01, median: 30, errors: 8),
        Delay(perTick: 2_500, weight: 0.05, candidate: 0.002, median: 908, errors: 46),
        Delay(perTick: 25, candidate: 0.5, median: 20, errors: 5),
        Delay(perTick: 25, candidate: 0.05, median: 195, errors: 5),
        Delay(perTick: 5, candidate: 1, median: 65, errors: 6),
        Delay(perTick: 5, candidate: 0.05, median: 1_355, errors: 7),
    ]) func `a worse release is found about as soon as published`(_ delay: Delay) {
        var random = SplitMix(seed: 7)
        let traffic = Traffic(
            perTick: delay.perTick, weight: delay.weight, base: delay.base, candidate: delay.candidate)
        let found = (0..<60).map { _ in
            Self.decision(traffic, ComparedRateTest(), logBound: Self.thousand, ticks: 3_000, &random)
        }
        let seconds = found.map { ($0?.ticks ?? 3_000) * 5 }.median
        let errors = found.map { $0?.errors ?? .max }.median
        #expect(abs(seconds - delay.median) <= max(5, delay.median / 3), "\(seconds) s")
        #expect(abs(errors - delay.errors) <= max(2, delay.errors / 3), "\(errors) errors")
    }
}
