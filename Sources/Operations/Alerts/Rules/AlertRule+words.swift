import Definitions
import Rollouts

extension AlertRule {
    /// What it looks at, and what is too much: `queue_depth of worker above 100 for 5m`.
    package var condition: String {
        let what =
            switch source {
            case .series(let name, let match):
                match.isEmpty ? name : "\(name){\(match.map(\.description).joined(separator: ","))}"
            case .metric(let metric):
                "\(metric.source.written) of \(metric.service)"
                    + (metric.by.map { " by \($0.joined(separator: ", "))" } ?? "")
            }
        let lasts = lasting == .zero ? "" : " for \(AlertTemplate.duration(lasting.seconds))"
        let keeps = keepFiring == .zero ? "" : ", kept firing for \(AlertTemplate.duration(keepFiring.seconds))"
        return "\(what) \(limit.side.rawValue) \(limit.written)\(lasts)\(keeps)"
    }
}

extension MetricThreshold.Source {
    fileprivate var written: String {
        switch self {
        case .query(let query): query
        case .sample(let selector, .gauge): selector.text
        case .sample(let selector, let reading): "\(reading.rawValue) of \(selector.text)"
        case .platform(let kind): kind.rawValue
        }
    }
}

extension HeldBack: CustomStringConvertible {
    package var description: String {
        switch self {
        case .silence(let id): "the silence \(id) keeps it quiet"
        case .inhibited(let other): "the alert \(other) fires, which holds it back"
        case .rollout(let id): "it waits for the end of the rollout \(id)"
        case .draining(let instance): "the instance \(instance) is being drained"
        }
    }
}
