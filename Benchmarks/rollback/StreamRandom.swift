import Foundation

/// The chance behind a stream: SplitMix64 (Steele, Lea and Flood, 2014), so that one seed is one stream.
struct StreamRandom {
    private var state: UInt64

    /// - Parameter words: whatever tells this stream from all others, such as its cell and its number.
    init(_ words: UInt64...) {
        state = 0x7469_6465_6761_7465
        for word in words { state = next() ^ (word &* 0xD6E8_FEB8_6659_FD93) }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Above 0 and at most 1.
    mutating func uniform() -> Double { Double((next() >> 11) + 1) / 9_007_199_254_740_992 }

    /// By products of uniforms for few, by transformed rejection for many (Hörmann, Insurance: Mathematics and Economics 12,
    /// 1993, algorithm PTRS).
    mutating func poisson(_ mean: Double) -> Int64 {
        guard mean > 0 else { return 0 }
        guard mean >= 10 else {
            let limit = exp(-mean)
            var (count, product) = (Int64(0), uniform())
            while product > limit {
                count += 1
                product *= uniform()
            }
            return count
        }
        let b = 0.931 + 2.53 * mean.squareRoot()
        let a = -0.059 + 0.02483 * b
        let scale = 1.1239 + 1.1328 / (b - 3.4)
        while true {
            let (u, v) = (uniform() - 0.5, uniform())
            let distance = 0.5 - abs(u)
            let k = ((2 * a / distance + b) * u + mean + 0.43).rounded(.down)
            if distance >= 0.07, v <= 0.9277 - 3.6224 / (b - 2) { return Int64(k) }
            if k < 0 || (distance < 0.013 && v > distance) { continue }
            if log(v * scale / (a / (distance * distance) + b)) <= k * log(mean) - mean - lgamma(k + 1) {
                return Int64(k)
            }
        }
    }

    /// How many of `trials` hit, each with the chance `p`: by leaping from hit to hit.
    mutating func binomial(_ trials: Int64, _ p: Double) -> Int64 {
        guard p > 0, trials > 0 else { return 0 }
        guard p < 1 else { return trials }
        guard p <= 0.5 else { return trials - binomial(trials, 1 - p) }
        let miss = log1p(-p)
        var hits: Int64 = 0
        var at = log(uniform()) / miss
        while at < Double(trials) {
            hits += 1
            at = at.rounded(.down) + 1 + log(uniform()) / miss
        }
        return hits
    }
}
