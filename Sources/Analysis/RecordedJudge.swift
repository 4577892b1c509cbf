/// A judge that keeps its last looks, and itself as it was before them, so that its verdicts can be judged again. What it keeps
/// does not grow.
package struct RecordedJudge: Sendable {
    /// How many looks it keeps at least, once it has had so many; it never keeps twice as many.
    package static let span = 60

    package private(set) var judge: ServiceJudge
    private var before: ServiceJudge
    private var middle: ServiceJudge
    private var looks: [Look] = []

    package init(_ judge: ServiceJudge) {
        self.judge = judge
        before = judge
        middle = judge
    }

    package mutating func observe(_ look: Look) -> ServiceJudge.Assessment {
        if looks.count == 2 * Self.span - 1 {
            before = middle
            looks.removeFirst(Self.span)
        }
        let assessment = judge.observe(look)
        looks.append(look)
        if looks.count == Self.span { middle = judge }
        return assessment
    }

    /// What the verdict of the last look follows from.
    /// - Parameter burn: what it follows from instead, if it is one on a burn rate.
    package func evidence(for verdict: Verdict, burn: BurnVerdict? = nil) -> JudgedLooks {
        JudgedLooks(before: before, looks: burn == nil ? looks : [], verdict: verdict, burn: burn)
    }
}

/// A verdict with everything that it follows from: what is stored beside it, to recompute it to the bit.
package struct JudgedLooks: Codable, Sendable, Equatable {
    /// The judge before the looks, with its rules.
    package var before: ServiceJudge
    package var looks: [Look]
    /// What the last look led to.
    package var verdict: Verdict
    /// Of a burn rate: the counts that it follows from, instead of looks.
    package var burn: BurnVerdict?

    package init(before: ServiceJudge, looks: [Look], verdict: Verdict, burn: BurnVerdict? = nil) {
        self.burn = burn
        self.before = before
        self.looks = looks
        self.verdict = verdict
    }

    /// The verdict on the same signal, judged again; nil when there is none.
    package func recomputed() -> Verdict? {
        if let burn { return burn.verdict(service: verdict.service) }
        var judge = before
        var last: [Verdict] = []
        for look in looks { last = judge.observe(look).verdicts }
        return last.first { $0.signal == verdict.signal }
    }
}

extension Verdict {
    /// The fields in which another verdict differs, to the bit, each with both values.
    package func differences(from other: Verdict) -> [String] {
        func differ<T: Equatable>(_ name: String, _ mine: T?, _ others: T?) -> String? {
            guard mine != others else { return nil }
            func text(_ value: T?) -> String { value.map { "\($0)" } ?? "nothing" }
            return "\(name): \(text(others)) then, \(text(mine)) now"
        }
        func bits(_ name: String, _ mine: Double?, _ others: Double?) -> String? {
            mine?.bitPattern == others?.bitPattern ? nil : differ(name, mine, others) ?? "\(name): another bit pattern"
        }
        return [
            differ("signal", signal, other.signal), differ("service", service, other.service),
            differ("verdict", verdict.rawValue, other.verdict.rawValue), bits("value", value, other.value),
            bits("limit", limit, other.limit), differ("samples", samples, other.samples), bits("e", e, other.e),
            bits("bound", bound, other.bound), bits("lower", between?.lower, other.between?.lower),
            bits("upper", between?.upper, other.between?.upper), differ("why", why, other.why),
        ].compactMap(\.self)
    }
}
