/// A burn rate with what it follows from, so that its verdict can be judged again.
package struct BurnVerdict: Codable, Sendable, Equatable {
    /// The part of requests that is to succeed, between 0 and 1.
    package var objective: Double
    package var reading: BurnRateGate.Reading

    package init(objective: Double, reading: BurnRateGate.Reading) {
        self.objective = objective
        self.reading = reading
    }

    /// Judged again from the windows' counts.
    package func verdict(service: String) -> Verdict {
        let again = BurnRateGate(objective: objective, rules: [reading.rule])
            .judge(reading.rule, long: reading.long, short: reading.short)
        let count = again.long.count
        let judgement: Judgement =
            switch again.state {
            case .burning: .fail
            case .fine: .pass
            case .unknown: .notEnoughEvidence
            }
        return Verdict(
            signal: "burn_rate", service: service, verdict: judgement, value: again.longRate,
            limit: again.rule.factor, samples: Int(count.requests),
            why: "\(service): \(count.errors) of \(count.requests) requests failed in the last \(span(again)), "
                + "\(decimal(again.longRate ?? 0)) times as many as its objective of \(hundredths(objective * 100)) % "
                + "can bear for long; \(decimal(again.rule.factor)) times is too many")
    }

    /// As long as the window is, or as has been counted so far.
    private func span(_ reading: BurnRateGate.Reading) -> String {
        let minutes = min(reading.rule.long, max(1, reading.long.known))
        return minutes < 120 ? "\(minutes) min" : "\(minutes / 60) h"
    }

    private func hundredths(_ value: Double) -> String {
        let rounded = (value * 1_000).rounded() / 1_000
        return Int64(exactly: rounded).map(String.init) ?? "\(rounded)"
    }
}
