/// One group's share of metrics that pass.
package struct KayentaGroupScore: Codable, Sendable, Equatable {
    package let name: String
    /// 0 to 100; 0 when nothing counted.
    package let score: Double
    package let passed: Int
    /// Those labelled Pass, High, Low or NodataFailMetric.
    package let counted: Int
    package let metrics: Int

    /// A group in which nothing counted does not pull the summary down.
    var effective: Double { counted == 0 ? 100 : score }
}

/// What decided the summary's score.
package enum KayentaDecision: Codable, Sendable, Equatable {
    case groups
    /// A critical metric did not pass, which takes the score to 0.
    case criticalMetric(name: String)
    /// Half of the metrics or more had no data, which takes the score to 0.
    case missingData(metrics: Int, of: Int)
}

/// Adds labels up to a score as Kayenta's `WeightedSumScorer` does.
package struct KayentaScorer: Sendable {
    package struct Score: Sendable, Equatable {
        /// In the order of their names.
        package let groups: [KayentaGroupScore]
        /// 0 to 100 with weights that add up to 100; two decimals.
        package let summary: Double
        package let decision: KayentaDecision
    }

    /// Shares of 100. Groups that are not named share what is left of it equally.
    package let weights: [String: Double]

    package init(weights: [String: Double] = [:]) { self.weights = weights }

    /// - Parameter results: those that count; muted ones do not.
    package func score(_ results: [KayentaResult]) -> Score {
        let groups = groupScores(results)
        func score(_ summary: Double, _ decision: KayentaDecision) -> Score {
            Score(groups: groups, summary: summary, decision: decision)
        }
        if let critical = results.first(where: { $0.classification.isCritical && $0.classification.label != .pass }) {
            return score(0, .criticalMetric(name: critical.name))
        }
        let missing = results.count { $0.classification.label == .nodata }
        if missing > 0, missing * 2 >= results.count {
            return score(0, .missingData(metrics: missing, of: results.count))
        }
        return score(roundedToHundredths(weighted(groups)), .groups)
    }

    private func groupScores(_ results: [KayentaResult]) -> [KayentaGroupScore] {
        var labels: [String: [KayentaLabel]] = [:]
        for result in results {
            for group in result.groups { labels[group, default: []].append(result.classification.label) }
        }
        return labels.sorted { $0.key < $1.key }.map { name, labels in
            let passed = labels.count { $0 == .pass }
            let counted = labels.count { $0 != .nodata && $0 != .error }
            return KayentaGroupScore(
                name: name, score: counted == 0 ? 0 : Double(passed) / Double(counted) * 100, passed: passed,
                counted: counted, metrics: labels.count)
        }
    }

    /// Weights of groups without a metric count as given away.
    private func weighted(_ groups: [KayentaGroupScore]) -> Double {
        let given = weights.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
        let others = groups.count { weights[$0.name] == nil }
        let share = others == 0 ? 0 : (100 - given) / Double(others)
        return groups.reduce(0) { $0 + $1.effective * ((weights[$1.name] ?? share) / 100) }
    }
}

/// To two decimals of the shortest decimal number that means the same, halves away from 0: what Java's `BigDecimal`
/// makes of a number's text. (Multiplying by 100 first would round some halves the wrong way.)
package func roundedToHundredths(_ value: Double) -> Double {
    let size = abs(value)
    // Below, the text has an exponent, and all rounds to 0; above, there are few decimals left to round.
    if size < 0.001 { return 0 }
    guard size < 1e13 else { return value }
    let parts = "\(size)".split(separator: ".")
    let decimals = parts[1].prefix(3) + String(repeating: "0", count: max(0, 3 - parts[1].count))
    guard let thousandths = Int64(parts[0] + decimals) else { return value }
    let hundredths = Double((thousandths + 5) / 10)
    return (value < 0 ? -hundredths : hundredths) / 100
}
