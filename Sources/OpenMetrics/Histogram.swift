/// Counts durations, or amounts, in buckets.
package struct Histogram: Sendable {
    package let bounds: [Int64]
    package private(set) var counts: [Int]
    package private(set) var count = 0
    package private(set) var sum: Int64 = 0

    package init(bounds: [Int64]) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count)
    }

    package mutating func add(_ value: Int64) {
        count += 1
        sum += max(0, value)
        let bucket = bucket(of: value)
        if bucket < counts.count { counts[bucket] += 1 }
    }

    /// The first bound that is not below the value.
    private func bucket(of value: Int64) -> Int {
        var (low, high) = (0, bounds.count)
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

/// Upper bounds of buckets. Where a verdict is made of them, none is more than 1.2 times the one before, so that a shift by
/// a fifth shows; beyond that they are coarse.
package enum HistogramBounds {
    /// Fourteen to a decade, in thousandths of it: the steps grow by 1.179 on average.
    private static let decade: [Int64] = [100, 118, 139, 164, 193, 228, 268, 316, 373, 439, 518, 611, 720, 848]

    /// - Parameter start: the first bound, 100 or a tenfold of it.
    private static func decades(_ start: Int64, _ count: Int) -> [Int64] {
        var scale = start / 100
        return (0..<count).flatMap { _ in
            defer { scale *= 10 }
            return decade.map { $0 * scale }
        }
    }

    /// Microseconds of an HTTP request: fine from 1 ms to 10 s.
    package static let requests = [250, 500] + decades(1_000, 4) + [10_000_000, 30_000_000, 60_000_000, 300_000_000]

    /// Microseconds of a job or one of its stages: fine from 10 ms to 600 s.
    package static let work =
        [1_000, 2_500, 5_000] + decades(10_000, 4) + decades(100_000_000, 1).filter { $0 < 600_000_000 } + [600_000_000]

    /// Microseconds of a statement, and of waiting for a connection: fine from 100 µs to 1 s.
    package static let statements = [50] + decades(100, 4) + [1_000_000, 2_500_000, 5_000_000, 10_000_000, 30_000_000]

    /// Nano-dollars: nothing, then fine from a hundredth of a cent to ten dollars, so that a cost which doubles is four
    /// buckets up.
    package static let costs = [0] + decades(100_000, 5) + [10_000_000_000]
}
