import Analysis
import Foundation
import Testing

/// Every case of Kayenta's suites that the files hold, by its id.
@Suite struct `Kayenta's own cases` {
    @Test(arguments: try KayentaCases.load().flatMap(\.classifier))
    func `get Kayenta's label`(_ golden: ClassifierCase) throws {
        // Where both arms are constant the values are random, and the label is not.
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            let result = try golden.classifier.classify(golden.metric, using: &generator)
            let expected = golden.expected
            if let label = expected.classification { #expect(result.label == label, "\(result.why)") }
            if let critical = expected.critical { #expect(result.isCritical == critical) }
            if let deviation = expected.deviation { #expect(Exact(wrappedValue: result.deviation) == deviation) }
            if expected.reasonNonEmpty == true { #expect(result.why.contains(golden.id)) }
        }
    }

    @Test func `are all of the classifier's, the scorer's and the detector's`() throws {
        let files = try KayentaCases.load()
        func numbered(_ prefix: String, _ count: Int) -> [String] {
            (1...count).map { prefix + ($0 < 10 ? "0" : "") + "\($0)" }
        }
        #expect(files.flatMap(\.classifier).map(\.id).sorted() == numbered("clf-", 37))
        #expect(files.flatMap(\.scorer).map(\.id).sorted() == numbered("score-", 13))
        #expect(files.flatMap(\.detector).compactMap(\.id).sorted() == numbered("det-", 6))
        #expect(files.flatMap(\.mannwhitney).map(\.id).sorted() == numbered("mw-", 4))
    }

    @Test(arguments: try KayentaCases.load().flatMap(\.mannwhitney))
    func `get R's interval and estimate`(_ golden: MannWhitneyCase) throws {
        let test = try MannWhitney(experiment: golden.experiment, control: golden.control)
        let shift = try test.shift(confidence: golden.confidenceLevel)
        let z = -normalQuantile((1 - golden.confidenceLevel) / 2)
        var found = [
            "ci_low": shift.low, "ci_high": shift.high, "estimate": shift.estimate, "mu_min": test.leftEnd,
            "mu_max": test.rightEnd, "z_lower": z, "z_upper": -z,
        ]
        found["f_mumin_zlower"] = try test.excess(shift: test.leftEnd, quantile: z)
        found["f_mumax_zlower"] = try test.excess(shift: test.rightEnd, quantile: z)
        found["f_mumin_zupper"] = try test.excess(shift: test.leftEnd, quantile: -z)
        found["f_mumax_zupper"] = try test.excess(shift: test.rightEnd, quantile: -z)
        #expect(golden.expected.count >= 3)
        for (name, expected) in golden.expected {
            let value = try #require(found[name], "\(name)")
            let tolerance = golden.tolerance(name.hasPrefix("ci") ? "ci" : name)
            #expect(abs(value - expected) <= tolerance, "\(name) is \(value), not \(expected)")
        }
    }

    @Test(arguments: try KayentaCases.load().flatMap(\.scorer))
    func `get Kayenta's score`(_ golden: ScorerCase) {
        let results = golden.metrics.enumerated().map { number, metric in
            KayentaResult(
                name: "metric-\(number)", groups: metric.groups,
                classification: KayentaClassification(metric.classification, isCritical: metric.critical, why: ""))
        }
        let score = KayentaScorer(weights: golden.groupWeights).score(results)
        #expect(score.summary == golden.expected.summaryScore)
        if let groups = golden.expected.groupScores {
            #expect(score.groups.map(\.name) == groups.keys.sorted())
            for group in score.groups { #expect(group.score == groups[group.name]) }
        }
    }

    @Test(arguments: try KayentaCases.load().flatMap(\.detector))
    func `have Kayenta's outliers`(_ golden: DetectorCase) {
        let found = golden.rule.detect(in: golden.data)
        #expect(found.count == golden.data.count)
        #expect(found.indices.filter { found[$0] } == golden.outlierIndexes)
    }

    @Test func `lose their outliers`() throws {
        let cases = try KayentaCases.load().flatMap { $0.statistics.outliersRemoved ?? [] }
        #expect(cases.count == 2)
        for golden in cases { #expect(golden.rule.removed(from: golden.data) == golden.expected) }
    }

    @Test func `have Kayenta's percentiles`() throws {
        let cases = try KayentaCases.load().flatMap(\.statistics.percentile_R7)
        #expect(cases.count == 5)
        for golden in cases {
            for (percent, expected) in golden.p {
                let value = percentile(try #require(Double(percent)), of: golden.data)
                #expect(abs(value - expected) <= golden.tol ?? 1e-12, "\(percent) %")
            }
        }
    }

    @Test func `have Kayenta's summaries`() throws {
        let cases = try KayentaCases.load().flatMap(\.statistics.summary)
        #expect(cases.count == 3)
        for golden in cases {
            let summary = SampleSummary(golden.data)
            let found = [
                "min": summary.least, "max": summary.most, "mean": summary.mean, "std": summary.standardDeviation,
                "count": Double(summary.count),
            ]
            for (name, expected) in golden.expected {
                let value = try #require(found[name], "\(name)")
                #expect(abs(value - expected) <= golden.tol ?? 0, "\(name) of \(golden.data)")
            }
        }
    }

    @Test func `have Kayenta's effect sizes`() throws {
        func check(_ pairs: [Statistics.Pair], _ count: Int, _ effect: ([Double], [Double]) throws -> Double) throws {
            #expect(pairs.count == count)
            for pair in pairs {
                let value = try effect(pair.experiment, pair.control)
                let expected = pair.expected.wrappedValue
                let isRight = expected.isNaN ? value.isNaN : abs(value - expected) <= pair.tol ?? 0
                #expect(isRight, "\(value), not \(expected)")
            }
        }
        let statistics = try KayentaCases.load().map(\.statistics)
        try check(statistics.flatMap(\.meanRatio), 4) { try EffectSize.meanRatio.of($0, against: $1) }
        try check(statistics.flatMap(\.cles), 4) { try EffectSize.cles.of($0, against: $1) }
        try check(statistics.flatMap(\.cohenD), 1) { cohensD($0, $1) }
    }

    @Test func `have their gaps left out or filled`() throws {
        let cases = try KayentaCases.load().flatMap(\.statistics.nan)
        #expect(cases.count == 3)
        for golden in cases {
            #expect(KayentaRules(nanStrategy: golden.op).prepared(golden.data) == golden.expected)
        }
    }
}
