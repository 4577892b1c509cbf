import Analysis
import Rollouts

/// How fast the running bundle spends its services' error budgets, over several windows at once. What was before it ran does
/// not count, for the verdict is about it.
package struct BurnWatch: Sendable {
    private var counts: [String: MinuteCounts] = [:]
    private var last: [String: (epoch: String, count: ArmCount)] = [:]

    package init() {}

    /// The window that burns, the most urgent one first; else the most urgent one. Nil without requests.
    /// - Parameter availability: the part of requests that is to succeed, between 0 and 1.
    package mutating func observe(
        _ sample: SignalSample, bundle: Digest, availability: Double
    ) -> BurnRateGate.Reading? {
        guard sample.broken == nil, let arm = sample.arms.first(where: { $0.bundle == bundle }) else { return nil }
        let (service, at) = (sample.service, sample.at.microseconds)
        let count = ArmCount(requests: arm.requests, errors: arm.errors)
        if let before = last[service], before.epoch == sample.epoch, count.requests >= before.count.requests,
            count.errors >= before.count.errors
        {
            _ = counts[service, default: MinuteCounts()].add(
                ArmCount(
                    requests: count.requests - before.count.requests, errors: count.errors - before.count.errors),
                at: at)
        }
        last[service] = (sample.epoch, count)
        guard let known = counts[service] else { return nil }
        let readings = BurnRateGate(objective: availability).read(known, at: at)
        guard let worst = readings.first(where: { $0.state == .burning }) ?? readings.first, worst.longRate != nil
        else { return nil }
        return worst
    }
}
