import Analysis
import Testing

@Suite struct `Kayenta's judge` {
    static let low = [10.0, 11, 12, 13, 14, 15, 16, 17, 18, 19]
    static let high = [110.0, 111, 112, 113, 114, 115, 116, 117, 118, 119]

    private func metric(
        _ name: String, _ experiment: [Double], _ rules: KayentaRules = KayentaRules(), groups: [String] = ["g"]
    ) -> KayentaMetric {
        KayentaMetric(name: name, groups: groups, rules: rules, experiment: experiment, control: Self.low)
    }

    private func passing(_ count: Int) -> [KayentaMetric] { (0..<count).map { metric("pass-\($0)", Self.low) } }

    private func verdict(_ metrics: [KayentaMetric], _ judge: KayentaJudge = KayentaJudge()) throws -> KayentaVerdict {
        try judge.verdict(on: metrics, seed: 1)
    }

    @Test(arguments: [
        (19, KayentaOutcome.pass, Judgement.pass), (18, .marginal, .notEnoughEvidence),
        (3, .marginal, .notEnoughEvidence), (2, .fail, .fail),
    ])
    func `passes, and is marginal, from the thresholds up`(
        good: Int, outcome: KayentaOutcome, judgement: Judgement
    ) throws {
        let verdict = try verdict(passing(good) + [metric("bad", Self.high)])
        #expect(verdict.outcome == outcome, "\(verdict.score)")
        #expect(verdict.judgement == judgement)
    }

    @Test func `passes at exactly the score that passes`() throws {
        let metrics = passing(3) + [metric("bad", Self.high)]
        #expect(try verdict(metrics, KayentaJudge(pass: 75, marginal: 50)).outcome == .pass)
        #expect(try verdict(metrics, KayentaJudge(pass: 75.01, marginal: 75)).outcome == .marginal)
        #expect(try verdict(metrics, KayentaJudge(pass: 95, marginal: 75.01)).outcome == .fail)
    }

    @Test func `says what it saw and what it held against it`() throws {
        let result = try verdict([metric("http_errors", Self.high)]).results[0]
        let evidence = try #require(result.classification.evidence)
        #expect(result.classification.label == .high)
        #expect(abs(evidence.shift.estimate - 100) < 0.1)
        #expect(evidence.shift.low > 90 && evidence.shift.high < 110)
        #expect(evidence.bound == 0.25 * evidence.shift.estimate)
        #expect(result.classification.deviation == 114.5 / 14.5)
        #expect(result.classification.why.hasPrefix("http_errors is higher: shift 100, 98 % interval 9"))
        #expect(result.classification.why.hasSuffix("against 25 either way, mean ratio 7.897"))
        #expect(result.experiment.mean == 114.5 && result.control.count == 10)
    }

    @Test func `counts no muted metric, and labels it all the same`() throws {
        let verdict = try verdict(
            passing(1) + [metric("bad", Self.high, KayentaRules(isCritical: true, isMuted: true))])
        #expect(verdict.score == 100)
        #expect(verdict.results[1].classification.label == .high)
        #expect(verdict.results[1].classification.isCritical)
    }

    @Test func `fails on a critical metric, however good the others are`() throws {
        let verdict = try verdict(passing(99) + [metric("bad", Self.high, KayentaRules(isCritical: true))])
        #expect(verdict.score == 0 && verdict.outcome == .fail)
        #expect(verdict.decision == .criticalMetric(name: "bad"))
        #expect(verdict.judgement == .fail)
    }

    @Test func `fails when half of the metrics have no data, which says nothing of the release`() throws {
        let missing = (0..<2).map { metric("gone-\($0)", [.nan, .nan]) }
        let half = try verdict(passing(2) + missing)
        #expect(half.score == 0 && half.decision == .missingData(metrics: 2, of: 4))
        #expect(half.judgement == .telemetryBroken)
        let less = try verdict(passing(3) + missing)
        #expect(less.score == 100 && less.judgement == .pass)
        #expect(less.groups[0].counted == 3 && less.groups[0].metrics == 5)
    }

    @Test func `takes missing data as the metric's rules say`() throws {
        func classification(_ rules: KayentaRules) throws -> KayentaClassification {
            try verdict([metric("m", [], rules)]).results[0].classification
        }
        #expect(try classification(KayentaRules()).label == .nodata)
        #expect(try classification(KayentaRules(mustHaveData: true)).label == .nodataFailMetric)
        let critical = try classification(KayentaRules(isCritical: true, mustHaveData: true))
        #expect(critical.label == .nodata && critical.isCritical)
        #expect(try classification(KayentaRules(nanStrategy: .replace)).label == .pass)
        let required = try verdict(passing(1) + [metric("m", [], KayentaRules(mustHaveData: true))])
        #expect(required.score == 50 && required.judgement == .fail)
        let criticalGap = try verdict(passing(9) + [metric("m", [], KayentaRules(isCritical: true))])
        #expect(criticalGap.outcome == .fail && criticalGap.judgement == .telemetryBroken)
    }

    @Test func `takes gaps for zeros when told to`() throws {
        let gaps = [Double](repeating: .nan, count: 10)
        #expect(
            try verdict([metric("m", gaps, KayentaRules(nanStrategy: .replace))]).results[0].classification.label
                == .low)
    }

    @Test func `leaves outliers out when told to`() throws {
        var rules = KayentaRules(outliers: .remove(factor: 3))
        let spikes = Self.low + Self.low + [5_000]
        #expect(try verdict([metric("m", spikes, rules)]).results[0].experiment.most == 19)
        // As large as the 99th percentile is no outlier, however far from the quartiles.
        let steps = [Double](repeating: 1, count: 10) + [20, 20]
        #expect(try verdict([metric("m", steps, rules)]).results[0].experiment.most == 20)
        rules.outliers = .keep
        #expect(try verdict([metric("m", spikes, rules)]).results[0].experiment.most == 5_000)
    }

    @Test func `gives 100 points to what it could not compare, and we do not take them`() throws {
        let infinite = try verdict([metric("m", [1, .infinity])])
        #expect(infinite.results[0].classification.label == .error)
        #expect(infinite.results[0].classification.why.contains("division by zero"))
        #expect(infinite.score == 100 && infinite.outcome == .pass)
        #expect(infinite.judgement == .telemetryBroken)
        #expect(try verdict(passing(9) + [metric("m", [1, .infinity])]).judgement == .telemetryBroken)
        #expect(try verdict([]).judgement == .telemetryBroken)
        #expect(try verdict([metric("no group", Self.high, groups: [])]).judgement == .telemetryBroken)
    }

    @Test func `keeps a weight for a group that has no metric`() throws {
        let judge = KayentaJudge(groupWeights: ["absent": 40, "g": 35])
        let metrics = [
            metric("a", Self.low), metric("b", Self.low, groups: ["x"]), metric("c", Self.high, groups: ["y"]),
        ]
        // 35 for g, and half of what is left to each of x and y.
        #expect(try verdict(metrics, judge).score == 47.5)
    }

    @Test(arguments: [
        (1.005, 1.01), (2.675, 2.68), (33.333_333_333_333_336, 33.33), (66.666_666_666_666_67, 66.67), (0.005, 0.01),
        (0.004_999, 0), (1e-9, 0), (100, 100), (99.995, 100), (-1.005, -1.01), (1e14 + 0.125, 1e14 + 0.125),
    ])
    func `rounds scores as they are written`(score: Double, rounded: Double) {
        #expect(roundedToHundredths(score) == rounded)
    }

    @Test(arguments: [
        (KayentaJudge(classifier: KayentaClassifier(confidence: 1)), KayentaError.confidence(1)),
        (KayentaJudge(classifier: KayentaClassifier(tolerance: -0.25)), .tolerance(-0.25)),
        (KayentaJudge(pass: 50, marginal: 75), .thresholds(pass: 50, marginal: 75)),
        (KayentaJudge(groupWeights: ["a": 1, "b": .infinity]), .groupWeight(group: "b", weight: .infinity)),
    ])
    func `refuses rules that are none`(judge: KayentaJudge, error: KayentaError) {
        #expect(throws: error) { try judge.verdict(on: [], seed: 1) }
    }

    @Test func `refuses metrics' rules that are none`() {
        func refuse(_ rules: KayentaRules, _ error: KayentaError) {
            #expect(throws: error) { try KayentaJudge().verdict(on: [metric("m", Self.high, rules)], seed: 1) }
        }
        refuse(KayentaRules(outliers: .remove(factor: 0)), .outlierFactor(0))
        refuse(KayentaRules(effect: KayentaEffect(allowedDecrease: .infinity)), .effectThreshold(.infinity))
    }

    @Test func `takes equal ranks for no effect when ranks measure it`() {
        let effect = KayentaEffect(measure: .cles)
        #expect(effect.allowedIncrease == 0.5 && effect.criticalDecrease == 0.5)
        #expect(KayentaEffect().allowedIncrease == 1 && KayentaEffect().criticalDecrease == 1)
    }

    @Test func `blurs with noise of the mean and the spread that were asked for`() {
        var generator = SeededGenerator(seed: 123_456_789)
        let standard = GaussianNoise(standardDeviation: 1).added(
            to: [Double](repeating: 0, count: 500), using: &generator)
        let other = GaussianNoise(mean: 10, standardDeviation: 3)
            .added(to: [Double](repeating: 0, count: 1_000), using: &generator)
        #expect(abs(SampleSummary(standard).mean) < 0.2)
        #expect(abs(SampleSummary(standard).standardDeviation - 1) < 0.1)
        #expect(abs(SampleSummary(other).mean - 10) < 0.2)
        #expect(abs(SampleSummary(other).standardDeviation - 3) < 0.2)
        #expect(GaussianNoise(standardDeviation: 0).sample(using: &generator) == 0)
    }
}
