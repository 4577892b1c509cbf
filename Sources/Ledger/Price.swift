/// What `per` units of something cost, from one time until another. Rows are added, never changed.
package struct Price: Sendable, Equatable {
    package let id: String
    package let sku: String
    /// Whose budget it counts against, besides `total`.
    package let provider: String
    /// What is counted: `token`, `page`.
    package let unit: String
    package let amount: Nanodollars
    package let per: Int64
    /// Microseconds since 1970; the end is exclusive, and open when nil.
    package let effectiveFrom: Int64
    package let effectiveTo: Int64?
    /// Where the price was read.
    package let source: String

    package init(
        sku: String, provider: String, unit: String, amount: Nanodollars, per: Int64, effectiveFrom: Int64,
        effectiveTo: Int64? = nil, source: String
    ) {
        id = "\(sku)@\(effectiveFrom)"
        (self.sku, self.provider, self.unit, self.amount, self.per) = (sku, provider, unit, amount, per)
        (self.effectiveFrom, self.effectiveTo, self.source) = (effectiveFrom, effectiveTo, source)
    }

    package enum Rounding: Sendable {
        /// For holds, which must not be too small.
        case up
        /// For costs: to the nearest, halves away from zero.
        case nearest
    }

    /// The price of `quantity` units, rounded once.
    /// - Throws: `LedgerError.invalidAmount` for a negative quantity, or an amount beyond `Nanodollars.largest`.
    package func cost(of quantity: Int64, rounding: Rounding) throws(LedgerError) -> Nanodollars {
        guard quantity >= 0 else { throw .invalidAmount("\(quantity) \(unit)s of \(sku)") }
        let product = Int128(quantity) * Int128(amount.count)
        let divisor = Int128(per)
        let rounded =
            switch rounding {
            case .up: (product + divisor - 1) / divisor
            case .nearest: (2 * product + divisor) / (2 * divisor)
            }
        guard rounded <= Int128(Nanodollars.largest.count) else {
            throw .invalidAmount("\(quantity) \(unit)s of \(sku) cost more than \(Nanodollars.largest) USD")
        }
        return Nanodollars(Int64(rounded))
    }
}
