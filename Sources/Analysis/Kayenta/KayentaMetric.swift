/// One metric of both arms, as Kayenta's configurations describe it.
package struct KayentaMetric: Codable, Sendable, Equatable {
    package var name: String
    package var groups: [String]
    package var rules: KayentaRules
    /// The new bundle's points, NaN where there was none.
    @ExactSeries package var experiment: [Double]
    /// The old bundle's.
    @ExactSeries package var control: [Double]

    package init(
        name: String, groups: [String] = [], rules: KayentaRules = KayentaRules(), experiment: [Double],
        control: [Double]
    ) {
        self.name = name
        self.groups = groups
        self.rules = rules
        self.experiment = experiment
        self.control = control
    }
}

/// How one metric is read and what counts against it. The defaults are Kayenta's.
package struct KayentaRules: Codable, Sendable, Equatable {
    /// Which way counts.
    package enum Direction: String, Codable, Sendable { case increase, decrease, either }

    /// What becomes of points that are not there: they are left out, or they are 0.
    package enum NaNStrategy: String, Codable, Sendable { case remove, replace }

    package enum Outliers: Codable, Sendable, Equatable {
        case keep
        /// Those beyond the quartiles by more than `factor` times their distance, and beyond the 1st and 99th
        /// percentiles.
        case remove(factor: Double)
    }

    package var direction: Direction
    package var nanStrategy: NaNStrategy
    package var outliers: Outliers
    /// Alone takes the whole score to 0.
    package var isCritical: Bool
    /// Missing data counts as a failure of this metric, unless it is critical, when it counts as missing data of a
    /// critical metric.
    package var mustHaveData: Bool
    /// Is classified, and does not count.
    package var isMuted: Bool
    package var effect: KayentaEffect

    package init(
        direction: Direction = .either, nanStrategy: NaNStrategy = .remove, outliers: Outliers = .keep,
        isCritical: Bool = false, mustHaveData: Bool = false, isMuted: Bool = false,
        effect: KayentaEffect = KayentaEffect()
    ) {
        self.direction = direction
        self.nanStrategy = nanStrategy
        self.outliers = outliers
        self.isCritical = isCritical
        self.mustHaveData = mustHaveData
        self.isMuted = isMuted
        self.effect = effect
    }

    func validate() throws(KayentaError) {
        if case .remove(let factor) = outliers, !(factor > 0 && factor.isFinite) { throw .outlierFactor(factor) }
        for threshold in effect.thresholds where !threshold.isFinite { throw .effectThreshold(threshold) }
    }

    /// The points of one arm that are compared.
    package func prepared(_ points: [Double]) -> [Double] {
        let known =
            switch nanStrategy {
            case .remove: points.filter { !$0.isNaN }
            case .replace: points.map { $0.isNaN ? 0 : $0 }
            }
        switch outliers {
        case .keep: return known
        case .remove(let factor):
            return OutlierDetector.quartiles(factor: factor, sparing: true).removed(from: known)
        }
    }
}

/// From which size an effect counts. A shift that the test is sure of counts only when the effect is as large as this.
package struct KayentaEffect: Codable, Sendable, Equatable {
    package var measure: EffectSize
    /// High from here up.
    package var allowedIncrease: Double
    /// Low from here down.
    package var allowedDecrease: Double
    /// A critical metric that is high is critical from here up.
    package var criticalIncrease: Double
    /// A critical metric that is low is critical from here down.
    package var criticalDecrease: Double

    /// What is not given is the measure's value for arms that are alike.
    package init(
        measure: EffectSize = .meanRatio, allowedIncrease: Double? = nil, allowedDecrease: Double? = nil,
        criticalIncrease: Double? = nil, criticalDecrease: Double? = nil
    ) {
        self.measure = measure
        self.allowedIncrease = allowedIncrease ?? measure.neutral
        self.allowedDecrease = allowedDecrease ?? measure.neutral
        self.criticalIncrease = criticalIncrease ?? measure.neutral
        self.criticalDecrease = criticalDecrease ?? measure.neutral
    }

    var thresholds: [Double] { [allowedIncrease, allowedDecrease, criticalIncrease, criticalDecrease] }
}
