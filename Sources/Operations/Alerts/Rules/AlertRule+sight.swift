import Definitions

/// What a rule that finds nothing has before it, in sentences.
extension AlertRule {
    /// So many values are shown.
    static let shownValues = 10

    /// Why the rule has no alert.
    /// - Parameter snapshot: the last look; nil when there was none lately.
    package func sight(in snapshot: SeriesSnapshot?, _ routing: AlertRouting) -> [String] {
        guard let snapshot else {
            return [
                "Nobody has looked lately: this control plane has just begun, or cannot look; nobody knows whether it holds."
            ]
        }
        switch state(in: snapshot) {
        case nil, .notApplicable:
            return [
                "There is nothing to look at now: nothing runs, or nobody counts that here. Whether it holds is not known."
            ]
        case .missing(let why): return ["Nobody knows: there is no data (\(why))."]
        case .failed(let why): return ["Nobody knows: asking fails (\(why))."]
        case .known(let samples):
            let meant = samples.filter { isMeant($0, routing) }
            guard !meant.isEmpty else { return ["It does not hold: there is nothing now that it would be about."] }
            let more = meant.count - Self.shownValues
            return meant.prefix(Self.shownValues).map(sentence) + (more > 0 ? ["And \(more) more values."] : [])
        }
    }

    /// `0.02, and fires when it is above 0.05`
    package func beside(_ value: Double) -> String {
        "\(AlertTemplate.number(value)), and it fires when that is \(limit.side.rawValue) \(limit.written)"
    }

    private func state(in snapshot: SeriesSnapshot) -> SeriesState? {
        switch source {
        case .metric: snapshot.series[id]
        // What the board itself looks at is known whenever it looks.
        case .series(AlertSeries.ruleWithoutData.rawValue, _), .series(AlertSeries.always.rawValue, _): .known([])
        case .series(let name, _): snapshot.series[name]
        }
    }

    private func isMeant(_ sample: AlertSample, _ routing: AlertRouting) -> Bool {
        guard case .series(_, let match) = source else { return true }
        return match.match(sample.labels, routing.patterns)
    }

    private func sentence(_ sample: AlertSample) -> String {
        let place = sample.labels.isEmpty ? "" : " of \(sample.labels.written)"
        switch sample.reading {
        case .value(let value) where isBreached(value):
            return "The value\(place) is \(beside(value)): it holds since just now."
        case .value(let value): return "It does not hold: the value\(place) is \(beside(value))."
        case .quiet(let why), .missing(let why): return "Nobody knows the value\(place): \(why)."
        }
    }
}
