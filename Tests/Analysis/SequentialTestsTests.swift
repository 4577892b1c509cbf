import Analysis
import Foundation
import Testing

/// Golden values of an independent implementation: the logarithm of E after each tick of (requests and errors of the
/// candidate, requests and errors of the reference).
@Suite struct SequentialTestsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var tolerated: Double
        var ticks: [[Int64]]
        var logs: [Double]
        var testDescription: String { "\(name), tolerated \(tolerated)" }
    }

    static let cases: [Case] = [
        Case(
            name: "bad", tolerated: 1,
            ticks: [[25, 0, 225, 0], [25, 1, 225, 0], [25, 2, 225, 1], [25, 1, 225, 0], [25, 2, 225, 0]],
            logs: [0.0, 1.587365592, 3.955185948, 5.882882495, 9.949321443]),
        Case(
            name: "bad", tolerated: 2,
            ticks: [[25, 0, 225, 0], [25, 1, 225, 0], [25, 2, 225, 1], [25, 1, 225, 0], [25, 2, 225, 0]],
            logs: [0.0, 1.207241457, 2.420282671, 3.760020702, 6.65331818]),
        Case(
            name: "healthy", tolerated: 1,
            ticks: [[25, 0, 225, 1], [25, 1, 225, 2], [25, 0, 225, 1], [25, 0, 225, 0], [25, 0, 225, 2]],
            logs: [-0.566191029, -0.215851864, -0.457788643, -0.457788643, -0.818829672]),
        Case(
            name: "healthy", tolerated: 2,
            ticks: [[25, 0, 225, 1], [25, 1, 225, 2], [25, 0, 225, 1], [25, 0, 225, 0], [25, 0, 225, 2]],
            logs: [-0.735937161, -0.750395188, -1.018080039, -1.018080039, -1.437619523]),
        Case(
            name: "shared_incident", tolerated: 1,
            ticks: [[25, 5, 225, 45], [25, 4, 225, 44], [25, 6, 225, 46]],
            logs: [-2.118542847, -3.080186817, -3.248498941]),
        Case(
            name: "shared_incident", tolerated: 2,
            ticks: [[25, 5, 225, 45], [25, 4, 225, 44], [25, 6, 225, 46]],
            logs: [-4.328065367, -6.952162832, -9.048714732]),
        Case(
            name: "empty_then_dead", tolerated: 1,
            ticks: [[0, 0, 225, 1], [25, 25, 225, 0]],
            logs: [0.0, 53.460363613]),
        Case(
            name: "empty_then_dead", tolerated: 2,
            ticks: [[0, 0, 225, 1], [25, 25, 225, 0]],
            logs: [0.0, 39.751915656]),
    ]

    @Test(arguments: cases) func `the compared test gives the golden values`(_ golden: Case) {
        var test = ComparedRateTest(tolerated: golden.tolerated)
        for (tick, expected) in zip(golden.ticks, golden.logs) {
            test.observe(candidate: (tick[0], tick[1]), reference: (tick[2], tick[3]))
            #expect(abs(test.logE - expected) < 1e-8)
        }
    }

    @Test func `a rate below what is allowed gives no evidence, one above it does`() {
        var good = AbsoluteRateTest(allowed: 0.05)
        var bad = AbsoluteRateTest(allowed: 0.05)
        for _ in 0..<20 {
            good.observe(requests: 100, errors: 4)
            bad.observe(requests: 100, errors: 20)
        }
        #expect(good.logE < 0)
        #expect(bad.logE > log(1_000))
    }
}
