import Analysis
import TestSupport
import Testing

private let minute: Int64 = 60_000_000

extension MinuteCounts {
    mutating func takes(_ count: ArmCount, at: Int64) {
        let isAdded = add(count, at: at)
        #expect(isAdded)
    }

    mutating func refuses(_ count: ArmCount, at: Int64) {
        let before = self
        let isAdded = add(count, at: at)
        #expect(!isAdded && self == before)
    }
}

@Suite struct BurnRateTests {
    /// A thousand requests a minute, of which so many fail.
    private func counts(_ minutes: Range<Int64>, errors: (Int64) -> Int64) -> MinuteCounts {
        var counts = MinuteCounts()
        for at in minutes { counts.takes(.init(requests: 1_000, errors: errors(at)), at: at * minute) }
        return counts
    }

    private func states(_ counts: MinuteCounts, at: Int64) -> [BurnRateGate.State] {
        BurnRateGate(objective: 0.999).read(counts, at: at * minute).map(\.state)
    }

    @Test func `the rules are the workbook's`() {
        #expect(BurnRateGate.rules.map(\.factor) == [14.4, 6, 1])
        #expect(BurnRateGate.rules.map(\.long) == [60, 360, 3 * 24 * 60])
        #expect(BurnRateGate.rules.map(\.short) == [5, 30, 360])
        #expect(BurnRateGate.rules.map(\.severity) == [.page, .page, .ticket])
    }

    @Test(
        arguments: [
            (0, [.fine, .fine, .fine]), (1, [.fine, .fine, .fine]), (2, [.fine, .fine, .burning]),
            (7, [.fine, .burning, .burning]), (15, [.burning, .burning, .burning]),
        ] as [(Int64, [BurnRateGate.State])])
    func `a steady rate fires the rules whose factor it is above`(
        _ errors: Int64, _ expected: [BurnRateGate.State]
    ) {
        #expect(states(counts(0..<4_320) { _ in errors }, at: 4_319) == expected)
    }

    @Test func `errors that ended leave the short window, and the rule ends before the long one forgets them`() {
        let burst = counts(0..<4_320) { 4_200 <= $0 && $0 < 4_260 ? 100 : 0 }
        #expect(states(burst, at: 4_259) == [.burning, .burning, .burning])
        #expect(states(burst, at: 4_265) == [.fine, .burning, .burning])
        #expect(states(burst, at: 4_290) == [.fine, .fine, .burning])
    }

    @Test func `a peak of a minute does not page`() {
        #expect(states(counts(0..<4_320) { $0 == 4_319 ? 500 : 0 }, at: 4_319)[0] == .fine)
    }

    @Test func `a window without requests is unknown, not fine`() {
        #expect(states(MinuteCounts(), at: 0) == [.unknown, .unknown, .unknown])
        let silent = counts(0..<60) { _ in 100 }
        #expect(states(silent, at: 70) == [.unknown, .burning, .burning])
    }

    @Test func `too few errors decide nothing, and few requests that all fail do`() {
        var counts = MinuteCounts()
        counts.takes(.init(requests: 4, errors: 4), at: 0)
        #expect(states(counts, at: 0) == [.unknown, .unknown, .unknown])
        counts.takes(.init(requests: 1, errors: 1), at: 1)
        #expect(states(counts, at: 0) == [.burning, .burning, .burning])
    }

    @Test func `a reading shows what it rests on, and is judged the same from that`() throws {
        let gate = BurnRateGate(objective: 0.99)
        let reading = try #require(gate.read(counts(0..<30) { _ in 20 }, at: 29 * minute).first)
        #expect(reading.long.known == 30)
        #expect(reading.long.count == ArmCount(requests: 30_000, errors: 600))
        #expect(reading.short.known == 5)
        #expect(abs((reading.longRate ?? 0) - 2) < 1e-9)
        #expect(gate.judge(reading.rule, long: reading.long, short: reading.short) == reading)
    }

    @Test(arguments: [1, 2, .nan, .infinity, -1, 0])
    func `an objective that leaves no budget is moved inside`(_ objective: Double) {
        let readings = BurnRateGate(objective: objective).read(counts(0..<60) { _ in 100 }, at: 59 * minute)
        #expect(readings.allSatisfy { $0.longRate?.isFinite == true && $0.state != .unknown })
    }
}

@Suite struct MinuteCountsTests {
    @Test func `counts add up in their minute, late ones too`() {
        var counts = MinuteCounts(minutes: 10)
        for at in [0, 1, 59_999_999, 3 * minute, 30] {
            counts.takes(.init(requests: 1, errors: 0), at: at)
        }
        #expect(counts.sum(last: 1, at: 0) == MinuteCounts.Sum(ArmCount(requests: 4, errors: 0), known: 1))
        #expect(counts.sum(last: 4, at: 3 * minute) == MinuteCounts.Sum(ArmCount(requests: 5, errors: 0), known: 2))
        #expect(counts.sum(last: 3, at: 3 * minute) == MinuteCounts.Sum(ArmCount(requests: 1, errors: 0), known: 1))
    }

    @Test func `it holds so many minutes and no more`() {
        var counts = MinuteCounts(minutes: 10)
        for at in 0..<1_000 as Range<Int64> {
            counts.takes(.init(requests: 1, errors: 1), at: at * minute)
            #expect(counts.sum(last: 5_000, at: at * minute).count.requests == min(at + 1, 10))
        }
        counts.refuses(.init(requests: 1, errors: 1), at: 985 * minute)
        #expect(counts.sum(last: 10, at: 2_000 * minute) == MinuteCounts.Sum())
    }

    @Test func `a minute without requests is known, one that nobody reported is not`() {
        var counts = MinuteCounts(minutes: 10)
        counts.takes(.init(requests: 0, errors: 0), at: 0)
        #expect(counts.sum(last: 5, at: 2 * minute).known == 1)
    }

    @Test func `times before zero and sums over the largest number are no trap`() {
        var counts = MinuteCounts(minutes: 3)
        for at in [Int64.min, -minute - 1, -1, 0, .max] {
            _ = counts.add(.init(requests: .max, errors: .max), at: at)
            _ = counts.add(.init(requests: .max, errors: .max), at: at)
            #expect(counts.sum(last: 3, at: at).count.requests == .max)
        }
        counts.refuses(.init(requests: -1, errors: 0), at: 0)
        #expect(MinuteCounts(minutes: 0).capacity == 1)
        #expect(MinuteCounts(minutes: .max).capacity == 100_000)
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `windows are the sums of what was added`(_ seed: UInt64) {
        var random = SplitMix(seed: seed)
        var counts = MinuteCounts(minutes: 100)
        var added: [(minute: Int64, count: ArmCount)] = []
        var now: Int64 = 0
        for _ in 0..<500 {
            now += random.below(2 * minute)
            let count = ArmCount(requests: random.below(1 << 40), errors: random.below(1 << 40))
            counts.takes(count, at: now)
            added.append((now / minute, count))
            let window = 1 + Int(random.below(100))
            let within = added.filter { $0.minute > now / minute - Int64(window) }
            let expected = within.reduce(ArmCount(requests: 0, errors: 0)) { $0 + $1.count }
            #expect(
                counts.sum(last: window, at: now) == MinuteCounts.Sum(expected, known: Set(within.map(\.minute)).count))
        }
    }
}
