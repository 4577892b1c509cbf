import Rollouts
import Testing

@testable import Operations

private let start = alertStart

@Suite(.timeLimit(.minutes(1))) struct `A rule's state` {
    private func bench(for lasting: Duration = .seconds(60), keep: Duration = .zero) -> AlertBench {
        AlertBench(rules: [simpleRule("Down", for: lasting, keep: keep)])
    }

    private func state(_ bench: AlertBench) -> String {
        bench.board.alerts.values.map { "\($0.state.rawValue)" }.first ?? "inactive"
    }

    /// A look every ten seconds: 1 holds, 0 does not, nil is unknown.
    private func states(_ bench: AlertBench, _ values: [Double?]) -> [String] {
        var bench = bench
        return values.enumerated().map { index, value in
            let known = value.map { downs(["api": $0]) } ?? ["service_down": .missing("no answer")]
            _ = bench.step(known, at: start + .seconds(10 * index))
            return state(bench)
        }
    }

    @Test func `is pending until the condition has held for as long as the rule asks`() {
        let held = states(bench(), Array(repeating: 1, count: 7))
        #expect(held == Array(repeating: "pending", count: 6) + ["firing"])
        #expect(states(bench(), [1, 1, 0, 1]) == ["pending", "pending", "inactive", "pending"])
    }

    @Test func `keeps firing for a while after the condition ended, and starts that while anew`() {
        let values: [Double?] = [1, 0, 0, 1, 0, 0, 0, 0]
        let seen = states(bench(for: .zero, keep: .seconds(30)), values)
        #expect(seen == Array(repeating: "firing", count: 7) + ["resolved"])
    }

    @Test func `time without data satisfies no for, and ends nothing`() {
        let values: [Double?] = [1, 1, 1, nil, nil, nil, 1, 1, 1, 1, nil, 1]
        let seen = states(bench(), values)
        // Six steps of ten seconds with data are needed; three without do not count.
        #expect(seen == Array(repeating: "pending", count: 9) + ["firing", "firing", "firing"])
    }

    @Test func `an engine that was down counts for nothing, and neither does a clock that was set forth`() {
        var bench = bench()
        _ = bench.step(downs(["api": 1]), at: start)
        _ = bench.step(downs(["api": 1]), at: start + .seconds(7_200))
        #expect(state(bench) == "pending")
        for second in [7_230, 7_260] { _ = bench.step(downs(["api": 1]), at: start + .seconds(second)) }
        #expect(state(bench) == "firing")
    }

    @Test func `a clock that is set back holds nothing up`() {
        var bench = bench()
        for second in [0, 30] { _ = bench.step(downs(["api": 1]), at: start + .seconds(second)) }
        let told = [-3_600, -3_570, -3_540].map { second in
            bench.step(downs(["api": 1]), at: start + .seconds(second)).count
        }
        #expect(state(bench) == "firing" && told.reduce(0, +) == 1)
    }

    @Test func `two clocks that differ by seconds make time pass no faster`() {
        var bench = bench()
        for second in 0..<60 {
            for behind in [0, 5] { _ = bench.step(downs(["api": 1]), at: start + .seconds(second - behind)) }
            #expect(state(bench) == "pending", "after \(second) s")
        }
        _ = bench.step(downs(["api": 1]), at: start + .seconds(60))
        #expect(state(bench) == "firing")
    }

    @Test func `labels that are gone from a series that is known are over`() {
        var bench = bench(for: .zero)
        _ = bench.step(downs(["api": 1, "worker": 1]), at: start)
        _ = bench.step(downs(["api": 1]), at: start + .seconds(2))
        let states = bench.board.alerts.values.map { "\($0.service ?? "") \($0.state.rawValue)" }.sorted()
        #expect(states == ["api firing", "worker resolved"])
    }

    @Test func `a rule that is removed ends its alerts`() {
        var bench = bench(for: .zero)
        _ = bench.step(downs(["api": 1]), at: start)
        bench.rules = []
        let told = bench.step(downs(["api": 1]), at: start + .seconds(600))
        #expect(told.map(\.reason) == [.allResolved])
    }
}
