/// The same for one arm alone, against a rate that it may have: a grid mixture of likelihood ratios, each a supermartingale
/// whenever the true rate is not above `allowed`.
///
/// A grid on the odds, and not the mixture over a Beta distribution that is cut off at `allowed`: measured over allowed
/// rates from 0.1 to 5 %, it decides after as many errors or fewer, most of all close to what is allowed, and needs no
/// incomplete Beta function. (The comparison is among the tests.)
package struct AbsoluteRateTest: Codable, Sendable, Equatable {
    package let allowed: Double
    private var mixture = GridMixture(ratios: ComparedRateTest.ratios)

    /// - Parameter allowed: between 0 and 1, both excluded; anything else is moved inside, and what is no number to where
    ///   it allows least.
    package init(allowed: Double) { self.allowed = Self.inRange(allowed) }

    /// Takes one tick's counts. A tick without requests says nothing.
    package mutating func observe(_ count: ArmCount) {
        guard count.isCounted else { return }
        mixture.observe(hits: Double(count.errors), trials: Double(count.requests), share: Self.inRange(allowed))
    }

    /// The natural logarithm of E.
    package var logE: Double { mixture.logE }

    private static func inRange(_ rate: Double) -> Double { rate.isNaN ? 1e-6 : min(max(rate, 1e-6), 0.94) }
}
