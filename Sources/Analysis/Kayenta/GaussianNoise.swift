#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// SplitMix64 (Steele, Lea and Flood, 2014): the seed decides every number.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Normal numbers (Box and Muller, 1958; one of each pair).
package struct GaussianNoise: Sendable {
    package var mean: Double
    package var standardDeviation: Double

    package init(mean: Double = 0, standardDeviation: Double) {
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    package func sample(using generator: inout some RandomNumberGenerator) -> Double {
        // Above 0, for its logarithm is taken.
        let radius = (-2 * log(1 - fraction(&generator))).squareRoot()
        return mean + standardDeviation * radius * cos(2 * .pi * fraction(&generator))
    }

    package func added(to values: [Double], using generator: inout some RandomNumberGenerator) -> [Double] {
        values.map { $0 + sample(using: &generator) }
    }

    /// From 0 up to 1, by the upper 53 bits, so that it does not depend on how the library draws numbers.
    private func fraction(_ generator: inout some RandomNumberGenerator) -> Double {
        Double(generator.next() >> 11) * 0x1p-53
    }
}
