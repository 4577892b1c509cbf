/// A limit on a series that the environment's file names itself, as the judge needs it.
package struct MetricRule: Codable, Sendable, Equatable {
    /// What the looks have of the series.
    package enum Kind: String, Codable, Sendable {
        /// The number itself.
        case value
        /// A counter's total and the number of instances: its growth a second and an instance is judged.
        case rate
        /// A counter's total: its growth since the bundle is judged is.
        case increase
        /// A total and how many it is the sum of: their quotient over the last while is.
        case average
    }

    package enum Side: String, Codable, Sendable { case above, below }

    package var name: String
    package var kind: Kind
    package var side: Side
    /// What is too much, or too little.
    package var limit: Double
    /// Whether `limit` is a factor of what the old bundle has at the same time.
    package var timesReference: Bool
    package var lasting: Duration
    /// With fewer readings (observations, of an average) in a window there is no verdict.
    package var samples: Int

    package init(
        name: String, kind: Kind, side: Side, limit: Double, timesReference: Bool = false, lasting: Duration,
        samples: Int = 1
    ) {
        self.name = name
        self.kind = kind
        self.side = side
        self.limit = limit
        self.timesReference = timesReference
        self.lasting = lasting
        self.samples = samples
    }

    /// What is too much or too little now; nil while there is nothing to take it as a factor of.
    func limit(beside reference: Double?) -> Double? {
        timesReference ? reference.map { $0 * limit } : limit
    }

    func isBreach(_ value: Double, _ limit: Double) -> Bool {
        side == .above ? value > limit : value < limit
    }
}

/// What one look has of a series, for one bundle.
package struct MetricReading: Codable, Sendable, Equatable {
    /// The number now; of what is counted, the total so far. Finite.
    package var value: Double
    /// Of a rate, how many instances it is of; of an average, how many observations `value` is the sum of.
    package var count: Double?

    package init(_ value: Double, count: Double? = nil) {
        self.value = value
        self.count = count
    }
}
