/// The bucket e-process for latency: at each threshold, answers that took longer are compared as errors are, and the mean
/// of the thresholds' evidence is one e-process again. It needs no single latencies, only counts by bucket.
/// The same serves for what jobs cost, with dollars for milliseconds.
package struct ComparedLatencyTest: Codable, Sendable, Equatable {
    package let thresholds: LatencyThresholds
    /// How often a tick could not be read at a threshold, because a histogram of that tick has no such bound.
    package private(set) var unread: Int64 = 0
    private var tests: [ComparedRateTest]

    package init(_ thresholds: LatencyThresholds, claim: ComparedRateTest.Claim = .worse(than: 1)) {
        self.thresholds = thresholds
        tests = thresholds.thresholds.map { _ in ComparedRateTest(claim, ratios: ComparedRateTest.finerRatios) }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        thresholds = try container.decode(LatencyThresholds.self, forKey: .thresholds)
        unread = try container.decode(Int64.self, forKey: .unread)
        tests = try container.decode([ComparedRateTest].self, forKey: .tests)
        guard tests.count == thresholds.thresholds.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .tests, in: container, debugDescription: "each threshold has one test")
        }
    }

    /// Takes the answers of one tick. A tick in which one arm gave no answer says nothing.
    package mutating func observe(candidate: LatencyHistogram, reference: LatencyHistogram) {
        guard candidate.total > 0, reference.total > 0 else { return }
        for (index, threshold) in thresholds.thresholds.enumerated() {
            guard let slow = candidate.above(threshold.bound), let slowBefore = reference.above(threshold.bound) else {
                unread += 1
                continue
            }
            tests[index].observe(
                candidate: ArmCount(requests: candidate.total, errors: slow),
                reference: ArmCount(requests: reference.total, errors: slowBefore))
        }
    }

    /// The natural logarithm of E.
    package var logE: Double { logMean(tests.map(\.logE)) }

    /// The least of the thresholds' logarithms, for a claim about all of them at once.
    package var least: Double { tests.map(\.logE).min() ?? 0 }

    /// The threshold that has the most evidence against the candidate, for the verdict's sentence.
    package var strongest: (threshold: LatencyThresholds.Threshold, logE: Double)? {
        zip(thresholds.thresholds, tests).map { ($0, $1.logE) }.max { $0.logE < $1.logE }
    }
}
