/// Labels one metric as Kayenta's classifiers do (`NetflixACAJudge`, `MannWhitneyClassifier`,
/// `MeanInequalityClassifier`).
package struct KayentaClassifier: Codable, Sendable, Equatable {
    package enum Method: String, Codable, Sendable {
        case mannWhitney
        /// By the means alone, without a test: a yardstick for other methods, not for verdicts.
        case meanInequality
    }

    package var method: Method
    /// Of the interval, between 0 and 1, both excluded.
    package var confidence: Double
    /// The share of the estimated shift that the interval has to clear.
    package var tolerance: Double

    /// The defaults are those that Kayenta's judge has built in.
    package init(method: Method = .mannWhitney, confidence: Double = 0.98, tolerance: Double = 0.25) {
        self.method = method
        self.confidence = confidence
        self.tolerance = tolerance
    }

    func validate() throws(KayentaError) {
        guard confidence > 0, confidence < 1 else { throw .confidence(confidence) }
        guard tolerance >= 0, tolerance.isFinite else { throw .tolerance(tolerance) }
    }

    /// - Parameter generator: for two arms of which each has one value only, which are told apart with a little noise.
    ///   Not drawn from otherwise.
    /// - Throws: when the rules are no rules, or the arms cannot be compared.
    package func classify(
        _ metric: KayentaMetric, using generator: inout some RandomNumberGenerator
    ) throws(KayentaError) -> KayentaClassification {
        try validate()
        try metric.rules.validate()
        let experiment = metric.rules.prepared(metric.experiment)
        let control = metric.rules.prepared(metric.control)
        if experiment.isEmpty || control.isEmpty { return missing(metric, experiment, control) }
        if experiment.sorted() == control.sorted() {
            return KayentaClassification(.pass, why: "\(metric.name): both bundles have the same values")
        }
        if isConstant(experiment + control) {
            return KayentaClassification(
                .pass, why: "\(metric.name): every value of both bundles is \(brief(experiment[0]))")
        }
        switch method {
        case .mannWhitney: return try tested(metric, experiment, control, using: &generator)
        case .meanInequality: return byMeans(metric, experiment, control)
        }
    }

    private func missing(
        _ metric: KayentaMetric, _ experiment: [Double], _ control: [Double]
    ) -> KayentaClassification {
        let whose =
            experiment.isEmpty && control.isEmpty ? "both bundles" : "the \(experiment.isEmpty ? "new" : "old") bundle"
        let what = "\(metric.name): there is no data of \(whose)"
        switch metric.rules.nanStrategy {
        case .replace: return KayentaClassification(.pass, why: "\(what), which the metric's rules take for none of it")
        case .remove where metric.rules.mustHaveData && !metric.rules.isCritical:
            return KayentaClassification(.nodataFailMetric, why: "\(what), and data is required")
        case .remove: return KayentaClassification(.nodata, isCritical: metric.rules.isCritical, why: what)
        }
    }

    private func tested(
        _ metric: KayentaMetric, _ experiment: [Double], _ control: [Double],
        using generator: inout some RandomNumberGenerator
    ) throws(KayentaError) -> KayentaClassification {
        var (new, old) = (experiment, control)
        if isConstant(new), isConstant(old) {
            guard new[0].isFinite, old[0].isFinite else { throw .infiniteValue }
            new = GaussianNoise(standardDeviation: new[0] * Self.noise).added(to: new, using: &generator)
            old = GaussianNoise(standardDeviation: old[0] * Self.noise).added(to: old, using: &generator)
        }
        let test = try MannWhitney(experiment: new, control: old)
        let shift = try test.shift(confidence: confidence)
        let ratio = meanRatio(new, to: old)
        let effect = metric.rules.effect.measure == .cles ? test.commonLanguageEffect : ratio
        let bound = tolerance * abs(shift.estimate)
        let evidence = KayentaClassification.Evidence(shift: shift, bound: bound, effect: effect)
        let label = label(evidence, metric.rules)
        let isCritical = metric.rules.isCritical && isCritical(label, effect, metric.rules.effect)
        return KayentaClassification(
            label, isCritical: isCritical, deviation: ratio, evidence: evidence,
            why: sentence(metric, label, evidence, isCritical: isCritical))
    }

    /// An effect that cannot be computed is not held against the thresholds.
    private func label(_ evidence: KayentaClassification.Evidence, _ rules: KayentaRules) -> KayentaLabel {
        let effect = evidence.effect
        if rules.direction != .decrease, evidence.shift.low > evidence.bound,
            effect.isNaN || effect >= rules.effect.allowedIncrease
        {
            return .high
        }
        if rules.direction != .increase, evidence.shift.high < -evidence.bound,
            effect.isNaN || effect <= rules.effect.allowedDecrease
        {
            return .low
        }
        return .pass
    }

    private func isCritical(_ label: KayentaLabel, _ effect: Double, _ rules: KayentaEffect) -> Bool {
        switch label {
        case .high: effect.isNaN || effect >= rules.criticalIncrease
        case .low: effect.isNaN || effect <= rules.criticalDecrease
        case .pass, .nodata, .nodataFailMetric, .error: false
        }
    }

    private func byMeans(
        _ metric: KayentaMetric, _ experiment: [Double], _ control: [Double]
    ) -> KayentaClassification {
        let (new, old) = (sampleMean(experiment), sampleMean(control))
        let rules = metric.rules
        let label: KayentaLabel =
            new > old && rules.direction != .decrease ? .high : new < old && rules.direction != .increase ? .low : .pass
        let why = "\(metric.name): the means are \(brief(new)) and \(brief(old)) (the old bundle)"
        if label == .pass { return KayentaClassification(.pass, why: why) }
        return KayentaClassification(label, isCritical: rules.isCritical, deviation: new / old, why: why)
    }

    private func sentence(
        _ metric: KayentaMetric, _ label: KayentaLabel, _ evidence: KayentaClassification.Evidence, isCritical: Bool
    ) -> String {
        let what =
            switch label {
            case .high: isCritical ? "critically higher" : "higher"
            case .low: isCritical ? "critically lower" : "lower"
            case .pass, .nodata, .nodataFailMetric, .error: "not told apart from the old bundle's"
            }
        let shift = evidence.shift
        let interval = "\(brief(confidence * 100)) % interval \(brief(shift.low)) to \(brief(shift.high))"
        let measure = metric.rules.effect.measure == .cles ? "higher in a share of" : "mean ratio"
        let effect = evidence.effect.isNaN ? "no \(measure)" : "\(measure) \(brief(evidence.effect))"
        return "\(metric.name) is \(what): shift \(brief(shift.estimate)), \(interval) "
            + "against \(brief(evidence.bound)) either way, \(effect)"
    }

    private func isConstant(_ values: [Double]) -> Bool { values.allSatisfy { $0 == values[0] } }

    /// By which share of its value a constant arm is blurred.
    private static let noise = 1e-5
}
