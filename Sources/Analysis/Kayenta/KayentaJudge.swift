/// One metric's label with the values that it rests on, described.
package struct KayentaResult: Codable, Sendable, Equatable {
    package let name: String
    package let groups: [String]
    package let isMuted: Bool
    package let classification: KayentaClassification
    /// Of the values that were compared.
    package let experiment: SampleSummary
    package let control: SampleSummary

    package init(
        name: String, groups: [String], isMuted: Bool = false, classification: KayentaClassification,
        experiment: [Double] = [], control: [Double] = []
    ) {
        self.name = name
        self.groups = groups
        self.isMuted = isMuted
        self.classification = classification
        self.experiment = SampleSummary(experiment)
        self.control = SampleSummary(control)
    }
}

package enum KayentaOutcome: String, Codable, Sendable {
    case pass = "Pass"
    case marginal = "Marginal"
    case fail = "Fail"
}

/// What Kayenta's judge would say of a release.
package struct KayentaVerdict: Codable, Sendable, Equatable {
    /// In the order of the metrics.
    package let results: [KayentaResult]
    package let groups: [KayentaGroupScore]
    package let score: Double
    package let outcome: KayentaOutcome
    package let decision: KayentaDecision

    /// The verdict in our words, which are stricter: pass and fail need evidence. Kayenta gives 100 points to metrics
    /// that could not be compared, and 0 when they are not there; both say something of the telemetry, not of the
    /// release.
    package var judgement: Judgement {
        let counting = results.filter { !$0.isMuted }
        switch decision {
        case .missingData: return .telemetryBroken
        case .criticalMetric(let name):
            let isMissing = counting.contains { $0.name == name && $0.classification.label == .nodata }
            return isMissing ? .telemetryBroken : .fail
        case .groups: break
        }
        guard groups.contains(where: { $0.counted > 0 }) else { return .telemetryBroken }
        switch outcome {
        case .fail: return .fail
        case .marginal: return .notEnoughEvidence
        case .pass: return counting.contains { $0.classification.label == .error } ? .telemetryBroken : .pass
        }
    }
}

/// Judges a release as Kayenta's `NetflixACAJudge-v1.0` does, for teams that come with its configurations and trust
/// what they know. It looks once at whole series: it has no guard against looking often, as the sequential tests have.
package struct KayentaJudge: Codable, Sendable, Equatable {
    package var classifier: KayentaClassifier
    /// Shares of 100 by group.
    package var groupWeights: [String: Double]
    /// A score from here up passes.
    package var pass: Double
    /// A score from here up is marginal.
    package var marginal: Double

    package init(
        classifier: KayentaClassifier = KayentaClassifier(), groupWeights: [String: Double] = [:], pass: Double = 95,
        marginal: Double = 75
    ) {
        self.classifier = classifier
        self.groupWeights = groupWeights
        self.pass = pass
        self.marginal = marginal
    }

    /// - Parameter seed: of the noise that tells two constant arms apart.
    /// - Throws: when the judge's or a metric's rules are no rules. Values that cannot be compared make the label
    ///   `error`.
    package func verdict(on metrics: [KayentaMetric], seed: UInt64) throws(KayentaError) -> KayentaVerdict {
        try validate()
        for metric in metrics { try metric.rules.validate() }
        var generator = SeededGenerator(seed: seed)
        let results = metrics.map { result($0, using: &generator) }
        let score = KayentaScorer(weights: groupWeights).score(results.filter { !$0.isMuted })
        let outcome: KayentaOutcome =
            score.summary >= pass ? .pass : score.summary >= marginal ? .marginal : .fail
        return KayentaVerdict(
            results: results, groups: score.groups, score: score.summary, outcome: outcome, decision: score.decision)
    }

    private func validate() throws(KayentaError) {
        try classifier.validate()
        guard pass.isFinite, marginal.isFinite, marginal <= pass else {
            throw .thresholds(pass: pass, marginal: marginal)
        }
        for (group, weight) in groupWeights.sorted(by: { $0.key < $1.key }) where !weight.isFinite {
            throw .groupWeight(group: group, weight: weight)
        }
    }

    private func result(_ metric: KayentaMetric, using generator: inout SeededGenerator) -> KayentaResult {
        var classification: KayentaClassification
        do throws(KayentaError) {
            classification = try classifier.classify(metric, using: &generator)
        } catch {
            classification = KayentaClassification(.error, why: "\(metric.name) was not compared: \(error)")
        }
        return KayentaResult(
            name: metric.name, groups: metric.groups, isMuted: metric.rules.isMuted, classification: classification,
            experiment: metric.rules.prepared(metric.experiment), control: metric.rules.prepared(metric.control))
    }
}

/// Everything that a verdict follows from: what is stored beside it, to recompute it to the bit.
package struct KayentaTrial: Codable, Sendable, Equatable {
    package var judge: KayentaJudge
    package var metrics: [KayentaMetric]
    package var seed: UInt64

    package init(judge: KayentaJudge, metrics: [KayentaMetric], seed: UInt64) {
        self.judge = judge
        self.metrics = metrics
        self.seed = seed
    }

    package func verdict() throws(KayentaError) -> KayentaVerdict { try judge.verdict(on: metrics, seed: seed) }
}
