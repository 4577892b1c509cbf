/// Judges one series from look to look: a breach for its time fails, unless the old bundle shares it.
struct MetricWatch: Codable, Sendable, Equatable {
    struct Point: Codable, Sendable, Equatable {
        var at: Int64
        var candidate: MetricReading?
        var reference: MetricReading?
    }

    /// What the window comes to, for one bundle.
    struct Level: Equatable {
        var value: Double
        var samples: Int
    }

    let rule: MetricRule
    private var points: [Point] = []
    /// Totals when judging began, of an increase.
    private var first: Point?
    private var timer = BreachTimer()
    private let length: Int64

    init(_ rule: MetricRule) {
        self.rule = rule
        length = TrailingWindow(rule: rule.lasting).length
    }

    /// Whether a breach is under way.
    var isBreached: Bool { timer.lasted != nil }

    /// - Parameters:
    ///   - gap: looks farther apart begin their windows anew.
    ///   - unanswered: why nobody could be asked, if so.
    /// - Returns: the verdict, whether it forbids to go on, and whether nothing is known of the new bundle.
    mutating func observe(
        _ point: Point, gap: Int64, unanswered: String?, service: String
    ) -> (verdict: Verdict, holds: Bool, isMissing: Bool) {
        let before = points.last
        if let before, point.at < before.at || point.at - before.at > gap { reset() }
        if let unanswered {
            return (verdict(.telemetryBroken, service, "cannot be judged: \(unanswered)"), true, false)
        }
        take(point)
        let elapsed = before.map { points.count > 1 ? point.at - $0.at : 0 } ?? 0
        let new = level(\.candidate)
        let old = level(\.reference)
        let limit = rule.limit(beside: old?.value)
        guard let new, let limit, new.samples >= rule.samples else {
            timer.observe(.unknown, elapsed: elapsed)
            return (unknown(new, limit, service), isBreached, new == nil)
        }
        let isBreach = rule.isBreach(new.value, limit)
        let isShared = !rule.timesReference && (old.map { rule.isBreach($0.value, limit) } ?? false)
        timer.observe(isBreach && isShared ? .unknown : isBreach ? .breach : .fine, elapsed: elapsed)
        return (judged(new, old, limit, isBreach: isBreach, isShared: isShared, service), isBreach, false)
    }

    /// What the window comes to for both bundles.
    /// - Parameter isKnown: whether the last look has it.
    func levels(isKnown: Bool) -> KayentaBake.Level {
        KayentaBake.Level(
            direction: rule.side == .above ? .increase : .decrease,
            candidate: isKnown ? level(\.candidate)?.value : nil, reference: isKnown ? level(\.reference)?.value : nil)
    }

    // MARK: The window

    private mutating func reset() {
        points = []
        timer.reset()
    }

    /// Totals that went down were counted anew: the window begins with them.
    private mutating func take(_ point: Point) {
        if rule.kind != .value {
            for arm in [\Point.candidate, \Point.reference] {
                guard let last = points.last?[keyPath: arm], let now = point[keyPath: arm] else { continue }
                let isLess = now.value < last.value || (rule.kind == .average && (now.count ?? 0) < (last.count ?? 0))
                if isLess { (points, first) = ([], nil) }
            }
        }
        if rule.kind == .increase, first == nil, point.candidate != nil { first = point }
        points.append(point)
        points.removeAll { $0.at <= point.at - length && $0 != point }
    }

    private func level(_ arm: KeyPath<Point, MetricReading?>) -> Level? {
        guard let now = points.last?[keyPath: arm] else { return nil }
        switch rule.kind {
        case .value: return Level(value: now.value, samples: points.count { $0[keyPath: arm] != nil })
        case .increase:
            guard let begin = first?[keyPath: arm] else { return nil }
            return Level(value: max(0, now.value - begin.value), samples: points.count { $0[keyPath: arm] != nil })
        case .rate, .average:
            guard let last = points.last, let begin = points.first(where: { $0[keyPath: arm] != nil }),
                let then = begin[keyPath: arm], last.at > begin.at
            else { return nil }
            let growth = now.value - then.value
            if rule.kind == .rate {
                let seconds = Double(last.at - begin.at) / 1_000_000
                return Level(
                    value: growth / seconds / max(1, now.count ?? 1), samples: points.count { $0[keyPath: arm] != nil })
            }
            let observations = (now.count ?? 0) - (then.count ?? 0)
            return observations > 0 ? Level(value: growth / observations, samples: Int(observations)) : nil
        }
    }

    // MARK: The verdict

    private func verdict(
        _ judgement: Judgement, _ service: String, _ what: String, _ level: Level? = nil, _ limit: Double? = nil
    ) -> Verdict {
        Verdict(
            signal: rule.name, service: service, verdict: judgement, value: level?.value, limit: limit,
            samples: level?.samples ?? 0, why: "\(service): \(rule.name) \(what)")
    }

    private func unknown(_ level: Level?, _ limit: Double?, _ service: String) -> Verdict {
        let what =
            if let level, limit != nil {
                "is \(figure(level.value)), of \(level.samples) sample\(level.samples == 1 ? "" : "s"); fewer than "
                    + "\(rule.samples) decide nothing"
            } else if let level {
                "is \(figure(level.value)), and the old bundle has none to compare it with"
            } else {
                "has no value of the new bundle"
            }
        return verdict(.notEnoughEvidence, service, what, level, limit)
    }

    private func judged(
        _ new: Level, _ old: Level?, _ limit: Double, isBreach: Bool, isShared: Bool, _ service: String
    ) -> Verdict {
        let beside = old.map { ", and \(figure($0.value)) of the old bundle" } ?? ""
        let what = "is \(figure(new.value))\(beside)"
        guard isBreach else { return verdict(.pass, service, what, new, limit) }
        let lasted = timer.lasted ?? 0
        let whole = microseconds(rule.lasting)
        let breach = "\(what): \(rule.side.rawValue) \(figure(limit)) for \(lasted / 1_000_000) s"
        if isShared {
            return verdict(
                .notEnoughEvidence, service, "\(breach); the old bundle shares it, so it is not the release's doing",
                new, limit)
        }
        guard lasted >= whole else {
            return verdict(
                .notEnoughEvidence, service, "\(breach) of \(whole / 1_000_000) s that make a breach", new, limit)
        }
        return verdict(.fail, service, breach, new, limit)
    }
}

/// A number with four digits that say something: `0.0125`, `3.142`, `1250`.
func figure(_ value: Double) -> String {
    guard value != 0, value.isFinite else { return "0" }
    guard abs(value) < 1_000 else {
        return Int64(exactly: value.rounded()).map(String.init) ?? "\(value)"
    }
    // Powers of ten up to 1e22 are exact; so is what division by them rounds to.
    var scale = 1.0
    while abs(value) * scale < 1_000, scale < 1e12 { scale *= 10 }
    let rounded = (value * scale).rounded() / scale
    return Int64(exactly: rounded).map(String.init) ?? "\(rounded)"
}
