#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What is concluded of one metric, in Kayenta's words.
package enum KayentaLabel: String, Codable, Sendable {
    case pass = "Pass"
    case high = "High"
    case low = "Low"
    /// One arm has no points.
    case nodata = "Nodata"
    /// The same, where data is required: counts as a failure.
    case nodataFailMetric = "NodataFailMetric"
    /// The arms could not be compared. Counts neither for nor against.
    case error = "Error"
}

/// One metric's label with what it rests on.
package struct KayentaClassification: Codable, Sendable, Equatable {
    /// The numbers of the comparison.
    package struct Evidence: Codable, Sendable, Equatable {
        package let shift: ShiftEstimate
        /// What the interval has to clear: a share of the estimated shift.
        @Exact package private(set) var bound: Double
        /// NaN when there is none, which then does not count.
        @Exact package private(set) var effect: Double

        init(shift: ShiftEstimate, bound: Double, effect: Double) {
            self.shift = shift
            self.bound = bound
            self.effect = effect
        }
    }

    package let label: KayentaLabel
    package let isCritical: Bool
    /// The experiment's mean by the control's: NaN when either is 0, 1 when the arms were not compared.
    @Exact package private(set) var deviation: Double
    /// Nil when labels were given without a test.
    package let evidence: Evidence?
    /// One sentence with the numbers in it.
    package let why: String

    package init(
        _ label: KayentaLabel, isCritical: Bool = false, deviation: Double = 1, evidence: Evidence? = nil, why: String
    ) {
        self.label = label
        self.isCritical = isCritical
        self.deviation = deviation
        self.evidence = evidence
        self.why = why
    }
}

/// With four digits, for people.
func brief(_ value: Double) -> String {
    if value == 0 { return "0" }
    let scale = pow(10, 3 - floor(log10(abs(value))))
    let rounded = (value * scale).rounded() / scale
    guard rounded.isFinite else { return "\(value)" }
    return abs(rounded) < 1e15 ? Int64(exactly: rounded).map(String.init) ?? "\(rounded)" : "\(rounded)"
}
