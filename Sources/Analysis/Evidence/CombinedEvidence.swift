#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The evidence of several signals about one release, within one α. Signals may depend on each other in any way.
///
/// The mean of e-processes, weighted beforehand, is one again. With shares of α as the weights it reaches 1/α whenever one
/// signal alone reaches 1/(its share of α), and also when several together suffice where none does alone.
package struct CombinedEvidence: Codable, Sendable, Equatable {
    package struct Part: Codable, Sendable, Equatable {
        package var name: String
        /// The part of α that is spent on this signal, set before the first look; shares are made to sum to 1.
        package var share: Double
        /// The natural logarithm of the signal's E.
        package var logE: Double

        package init(_ name: String, share: Double = 1, logE: Double) {
            self.name = name
            self.share = share
            self.logE = logE
        }
    }

    /// Those that have a share: above 0 and finite.
    package let parts: [Part]

    package init(_ parts: [Part]) { self.parts = parts.filter { $0.share > 0 && $0.share.isFinite } }

    /// The natural logarithm of the weighted mean: the evidence that one of the signals got worse, for a rollback. 0 without
    /// any part.
    package var logE: Double { logMean(parts.map(\.logE), weights: parts.map(\.share)) }

    /// The least of the logarithms, for a promotion: that everything is good needs evidence for each signal, and then
    /// needs no correction. 0, no evidence, without any part.
    package var least: Double { parts.map(\.logE).min() ?? 0 }

    /// The signals whose own evidence reaches 1 over their share of α, so that a verdict can say which it was.
    package func sufficientAlone(alpha: Double) -> [String] {
        let sum = parts.reduce(0) { $0 + $1.share }
        return parts.filter { $0.logE >= -log(alpha * $0.share / sum) }.map(\.name)
    }
}
