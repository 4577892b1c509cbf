/// Counts of answers by the upper bound of their milliseconds (not across buckets), in rising order of bounds.
package struct LatencyHistogram: Sendable, Equatable {
    package private(set) var counts: [(upTo: Double, count: Int64)]

    package init(_ buckets: [(upTo: Double, count: Int64)] = []) {
        // What is no number is no order either.
        counts = buckets.filter { !$0.upTo.isNaN }.sorted { $0.upTo < $1.upTo }
    }

    package var total: Int64 { counts.reduce(0) { $0.plus($1.count) } }

    /// The buckets that say something: those with counts, and the one below each, which bounds it.
    package var sparse: Self {
        var kept = Self()
        kept.counts = counts.telling(\.count)
        return kept
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.counts.count == b.counts.count
            && zip(a.counts, b.counts).allSatisfy { $0.upTo == $1.upTo && $0.count == $1.count }
    }

    package static func + (a: Self, b: Self) -> Self { a.combined(with: b, sign: 1) }

    /// What came since `b`; nil when a count went down, for then counting began anew.
    package func since(_ b: Self) -> Self? {
        let difference = combined(with: b, sign: -1)
        return difference.counts.allSatisfy { $0.count >= 0 } ? difference : nil
    }

    /// How many answers took longer than a bound; nil when it lies within a bucket that has answers, for then it cannot be
    /// known. Buckets without answers need not be listed, as long as the bound below each with answers is: it says
    /// where that one begins.
    package func above(_ bound: Double) -> Int64? {
        var sum: Int64 = 0
        var lower = 0.0
        for (upTo, count) in counts {
            if upTo > bound {
                if lower < bound, count != 0 { return nil }
                sum = sum.plus(count)
            }
            lower = upTo
        }
        return sum
    }

    /// The quantile in milliseconds, linear within its bucket; nil when empty. In the last bucket without a bound it is
    /// the bound before it: a lower limit of what it was.
    package func quantile(_ q: Double) -> Double? {
        let total = total
        guard total > 0 else { return nil }
        let rank = min(max(q, 0), 1) * Double(total)
        var below: Double = 0
        var lower: Double = 0
        for (upTo, count) in counts {
            if count > 0, below + Double(count) >= rank {
                guard upTo < 1e300 else { return lower }
                return lower + (upTo - lower) * (rank - below) / Double(count)
            }
            below += Double(count)
            lower = upTo < 1e300 ? upTo : lower
        }
        return lower
    }

    /// Both are in rising order of bounds, so that one pass merges them.
    private func combined(with other: Self, sign: Int64) -> Self {
        guard !other.counts.isEmpty else { return self }
        var merged = Self()
        merged.counts.reserveCapacity(max(counts.count, other.counts.count))
        var rest = other.counts[...]
        for (upTo, count) in counts {
            while let next = rest.first, next.upTo < upTo { merged.add(rest.removeFirst(), sign: sign) }
            merged.add((upTo, count), sign: 1)
        }
        for bucket in rest { merged.add(bucket, sign: sign) }
        return merged
    }

    /// - Parameter bucket: of a bound that is not below the last one.
    private mutating func add(_ bucket: (upTo: Double, count: Int64), sign: Int64) {
        let count = sign * max(bucket.count, -.max)
        if let last = counts.indices.last, counts[last].upTo == bucket.upTo {
            counts[last].count = counts[last].count.plus(count)
        } else {
            counts.append((bucket.upTo, count))
        }
    }
}

/// Two lists of equal length: the bounds, and the counts up to each.
extension LatencyHistogram: Codable {
    private enum CodingKeys: String, CodingKey { case upTo, counts }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let bounds = try container.decode([Double].self, forKey: .upTo)
        let counts = try container.decode([Int64].self, forKey: .counts)
        guard bounds.count == counts.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .counts, in: container, debugDescription: "each bound has one count")
        }
        self.init(zip(bounds, counts).map { (upTo: $0, count: $1) })
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(counts.map(\.upTo), forKey: .upTo)
        try container.encode(counts.map(\.count), forKey: .counts)
    }
}

extension Array {
    /// Of a histogram's buckets in order those that say something: with counts, and the one below each, which bounds it.
    package func telling(_ count: (Element) -> Int64) -> [Element] {
        indices.filter { count(self[$0]) != 0 || ($0 + 1 < endIndex && count(self[$0 + 1]) != 0) }.map { self[$0] }
    }
}
