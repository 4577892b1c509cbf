import Analysis
import Foundation
import Testing

/// Cases of Kayenta's own suites, as numbers and labels. `Cases/kayenta.json` holds some of each suite, and
/// `Cases/kayenta-suites.json` the others.
struct KayentaCases: Decodable {
    var classifier: [ClassifierCase]
    var mannwhitney: [MannWhitneyCase]
    var scorer: [ScorerCase]
    var detector: [DetectorCase]
    var statistics: Statistics

    /// Both files.
    static func load() throws -> [KayentaCases] {
        try ["kayenta", "kayenta-suites"].map { name in
            let url = try #require(Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "Cases"))
            return try JSONDecoder().decode(KayentaCases.self, from: Data(contentsOf: url))
        }
    }
}

struct ClassifierCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Parameters: Decodable {
        var tolerance: Double?
        var confLevel: Double?
        /// Decrease, increase.
        var effectSizeThresholds: [Double]?
        var criticalThresholds: [Double]?
        var effectSizeMeasure: EffectSize?
    }

    struct Expected: Decodable {
        var classification: KayentaLabel?
        var critical: Bool?
        var deviation: Exact?
        var reasonNonEmpty: Bool?
    }

    var id: String
    var name: String
    var kind: String
    var params: Parameters
    var direction: KayentaRules.Direction
    var nanStrategy: KayentaRules.NaNStrategy
    var isCritical: Bool
    var isDataRequired: Bool
    @ExactSeries var experiment: [Double]
    @ExactSeries var control: [Double]
    var expected: Expected

    var testDescription: String { "\(id) \(name)" }

    var classifier: KayentaClassifier {
        KayentaClassifier(
            method: kind == "mean_inequality" ? .meanInequality : .mannWhitney, confidence: params.confLevel ?? 0.95,
            tolerance: params.tolerance ?? 0.25)
    }

    var metric: KayentaMetric {
        let effect = params.effectSizeThresholds ?? [1, 1]
        let critical = params.criticalThresholds ?? [1, 1]
        let rules = KayentaRules(
            direction: direction, nanStrategy: nanStrategy, isCritical: isCritical, mustHaveData: isDataRequired,
            effect: KayentaEffect(
                measure: params.effectSizeMeasure ?? .meanRatio, allowedIncrease: effect[1], allowedDecrease: effect[0],
                criticalIncrease: critical[1], criticalDecrease: critical[0]))
        return KayentaMetric(name: id, rules: rules, experiment: experiment, control: control)
    }
}

struct MannWhitneyCase: Decodable, Sendable, CustomTestStringConvertible {
    var id: String
    var name: String
    var experiment: [Double]
    var control: [Double]
    var confidenceLevel: Double
    var expected: [String: Double]
    var tolerances: [String: Double]

    var testDescription: String { "\(id) \(name)" }

    enum CodingKeys: String, CodingKey {
        case id, name, confidenceLevel, expected, tolerances
        case experiment = "x_experiment"
        case control = "y_control"
    }

    func tolerance(_ name: String) -> Double { tolerances[name] ?? tolerances["all"] ?? 0 }
}

struct ScorerCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Metric: Decodable {
        var classification: KayentaLabel
        var groups: [String]
        var critical: Bool
    }

    struct Expected: Decodable {
        var summaryScore: Double
        var groupScores: [String: Double]?
    }

    var id: String
    var name: String
    var groupWeights: [String: Double]
    var metrics: [Metric]
    var expected: Expected

    var testDescription: String { "\(id) \(name)" }
}

struct DetectorCase: Decodable, Sendable, CustomTestStringConvertible {
    var id: String?
    var detector: String
    var k: Double?
    var factor: Double?
    var data: [Double]
    var outlierIndexes: [Int]?
    /// What is left without the outliers.
    var expected: [Double]?

    var testDescription: String { id ?? detector }

    var rule: OutlierDetector {
        detector == "ksigma" ? .sigmas(k ?? 3) : .quartiles(factor: factor ?? 1.5, sparing: false)
    }
}

struct Statistics: Decodable {
    struct Percentiles: Decodable {
        var data: [Double]
        var p: [String: Double]
        var tol: Double?
    }

    struct Summary: Decodable {
        var data: [Double]
        var expected: [String: Double]
        var tol: Double?
    }

    struct Pair: Decodable {
        var experiment: [Double]
        var control: [Double]
        var expected: Exact
        var tol: Double?
    }

    struct Gaps: Decodable {
        var op: KayentaRules.NaNStrategy
        @ExactSeries var data: [Double]
        var expected: [Double]
    }

    var percentile_R7: [Percentiles]
    var summary: [Summary]
    var meanRatio: [Pair]
    var cohenD: [Pair]
    var cles: [Pair]
    var nan: [Gaps]
    var outliersRemoved: [DetectorCase]?
}
