import Analysis
import Testing

/// Golden values of an independent implementation: the logarithm of E after each tick of (requests and errors of the
/// candidate, requests and errors of the reference).
@Suite struct ComparedRateTestTests {
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

    @Test(arguments: cases) func `gives the golden values`(_ golden: Case) {
        var test = ComparedRateTest(tolerated: golden.tolerated)
        for (tick, expected) in zip(golden.ticks, golden.logs) {
            test.observe(candidate: tick.candidate, reference: tick.reference)
            #expect(abs(test.logE - expected) < 1e-8)
        }
    }

    @Test(arguments: cases) func `that one arm is better is that the other one is worse`(_ golden: Case) {
        var better = ComparedRateTest(.better(than: 4))
        var worse = ComparedRateTest(.worse(than: 0.25))
        for tick in golden.ticks {
            better.observe(candidate: tick.candidate, reference: tick.reference)
            worse.observe(candidate: tick.reference, reference: tick.candidate)
            #expect(better.logE == worse.logE)
        }
    }

    @Test func `errors of one arm are evidence for the one claim and against the other`() {
        var worse = ComparedRateTest()
        var better = ComparedRateTest(.better(than: 2))
        for _ in 0..<100 {
            worse.observe(candidate: .init(requests: 25, errors: 0), reference: .init(requests: 225, errors: 2))
            better.observe(candidate: .init(requests: 25, errors: 0), reference: .init(requests: 225, errors: 2))
        }
        #expect(worse.logE < 0)
        #expect(better.logE > 7)
    }

    @Test func `a tick in which one arm had no request says nothing`() {
        var test = ComparedRateTest()
        test.observe(candidate: .init(requests: 25, errors: 3), reference: .init(requests: 225, errors: 1))
        let before = test
        test.observe(candidate: .init(requests: 0, errors: 0), reference: .init(requests: 225, errors: 7))
        test.observe(candidate: .init(requests: 25, errors: 7), reference: .init(requests: 0, errors: 0))
        test.observe(candidate: .init(requests: 25, errors: -1), reference: .init(requests: 225, errors: 0))
        #expect(test == before)
    }

    @Test func `a tick cut into parts of the same mix says the same`() {
        var whole = ComparedRateTest(tolerated: 1.5)
        var parts = whole
        whole.observe(candidate: .init(requests: 50, errors: 9), reference: .init(requests: 450, errors: 11))
        for (candidate, reference) in [(4, 0), (0, 5), (2, 3), (2, 2), (1, 1)] as [(Int64, Int64)] {
            parts.observe(
                candidate: .init(requests: 10, errors: candidate), reference: .init(requests: 90, errors: reference))
        }
        #expect(abs(whole.logE - parts.logE) < 1e-12)
    }

    @Test func `dividing by the largest cluster is the same as counting each cluster once`() {
        var divided = ComparedRateTest()
        var once = ComparedRateTest()
        divided.observe(
            candidate: .init(requests: 25, errors: 15), reference: .init(requests: 225, errors: 5), largestCluster: 5)
        once.observe(candidate: .init(requests: 25, errors: 3), reference: .init(requests: 225, errors: 1))
        #expect(divided == once)
    }

    @Test(arguments: [Double.nan, -1, 0, .infinity, 1e300])
    func `a ratio that cannot be tolerated is moved to one that can`(_ ratio: Double) {
        for claim in [ComparedRateTest.Claim.worse(than: ratio), .better(than: ratio)] {
            var test = ComparedRateTest(claim)
            test.observe(candidate: .init(requests: 1, errors: 1), reference: .init(requests: 1 << 40, errors: 1))
            test.observe(candidate: .init(requests: 1 << 40, errors: 1), reference: .init(requests: 1, errors: 1))
            #expect(test.logE.isFinite)
        }
    }
}

extension [Int64] {
    fileprivate var candidate: ArmCount { ArmCount(requests: self[0], errors: self[1]) }
    fileprivate var reference: ArmCount { ArmCount(requests: self[2], errors: self[3]) }
}
