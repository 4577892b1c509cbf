/// What jobs cost, those left out that cost nothing.
package struct JobCosts: Codable, Sendable, Equatable {
    /// Jobs by upper bound, in dollars where response times have milliseconds.
    package var histogram: LatencyHistogram
    /// All of them together.
    package var nanodollars: Int64

    package init(histogram: LatencyHistogram = LatencyHistogram(), nanodollars: Int64 = 0) {
        self.histogram = histogram
        self.nanodollars = nanodollars
    }

    package var jobs: Int64 { histogram.total }

    /// Nano-dollars a job; nil without a job.
    package var mean: Double? { jobs > 0 ? Double(nanodollars) / Double(jobs) : nil }

    package static func + (a: Self, b: Self) -> Self {
        Self(histogram: a.histogram + b.histogram, nanodollars: a.nanodollars.plus(b.nanodollars))
    }

    /// What came since `b`; nil when counting began anew.
    package func since(_ b: Self) -> Self? {
        guard nanodollars >= b.nanodollars, let histogram = histogram.since(b.histogram) else { return nil }
        return Self(histogram: histogram, nanodollars: nanodollars - b.nanodollars)
    }

    /// Such as `$0.0153 a job of 812`; nil without a job.
    package var line: String? { mean.map { "\(dollars($0)) a job of \(jobs)" } }
}

/// Three digits that say something, and whole cents from a dollar on: `$0.0153`, `$0.000042`, `$1.25`, `$120`.
func dollars(_ nanodollars: Double) -> String {
    guard nanodollars.isFinite, abs(nanodollars) < 1e18 else { return "$?" }
    var rest = Int64(nanodollars.rounded())
    var unit: Int64 = 1
    while abs(rest) / unit >= 1_000, unit < 10_000_000 { unit *= 10 }
    rest = (rest + rest.signum() * unit / 2) / unit * unit
    let fraction = String(String(abs(rest) % 1_000_000_000 + 1_000_000_000).dropFirst())
    let digits = fraction.reversed().drop { $0 == "0" }.reversed().map(String.init).joined()
    // One digit after the point would be tens of cents.
    let shown = digits.isEmpty ? "" : ".\(digits)\(digits.count == 1 ? "0" : "")"
    return "\(rest < 0 ? "-" : "")$\(abs(rest) / 1_000_000_000)\(shown)"
}
