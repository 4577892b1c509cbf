import Definitions
import Storage

/// How far a service's counters were counted, so that a restart of the engine neither loses nor doubles a request.
package struct TrafficMark: Codable, Sendable, Equatable {
    private var epoch: String
    /// By bundle, cumulative within the epoch.
    private var counted: [String: TrafficSum]

    /// What came since the mark; the mark moves on. The first look of all only sets it: what the counters hold then may be
    /// as old as the router.
    /// - Parameter limit: what takes longer is slow, to the histogram's resolution; nil calls nothing slow.
    package static func take(
        _ mark: inout TrafficMark?, _ sample: SignalSample, slowerThan limit: Duration?
    ) -> TrafficSum {
        guard sample.broken == nil else { return TrafficSum() }
        let isFirst = mark == nil
        var known = mark?.epoch == sample.epoch ? mark?.counted ?? [:] : [:]
        var sum = TrafficSum()
        for arm in sample.arms {
            let now = arm.traffic(slowerThan: limit)
            sum = sum + now.since(known[arm.bundle.text] ?? TrafficSum())
            known[arm.bundle.text] = now
        }
        mark = TrafficMark(epoch: sample.epoch, counted: known)
        return isFirst ? TrafficSum() : sum
    }
}

extension SignalSample.Arm {
    fileprivate func traffic(slowerThan limit: Duration?) -> TrafficSum {
        let milliseconds = limit.map { Double($0.microseconds) / 1_000 } ?? .infinity
        return TrafficSum(
            requests: requests, errors: errors, timed: latency.reduce(0) { $0 + $1.count },
            slow: latency.filter { $0.upTo > milliseconds }.reduce(0) { $0 + $1.count })
    }
}

extension TrafficSum {
    /// Counters only grow; one that fell, as after a change of the limit, counts for nothing.
    fileprivate func since(_ before: TrafficSum) -> TrafficSum {
        TrafficSum(
            requests: max(requests - before.requests, 0), errors: max(errors - before.errors, 0),
            timed: max(timed - before.timed, 0), slow: max(slow - before.slow, 0))
    }
}

extension TrafficRecord {
    /// Adds what a look shows to have come since the last one, and remembers how far it was counted, in one transaction.
    package static func take(
        _ sample: SignalSample, environment: String, slowerThan limit: Duration?, _ connection: any Connection
    ) throws {
        let row = try connection.first(
            "SELECT document FROM traffic_marks WHERE environment = ? AND service = ?", [environment, sample.service])
        var mark = try row.map { try CanonicalJSON.decode(TrafficMark.self, try $0.get("document")) }
        let before = mark
        let sum = TrafficMark.take(&mark, sample, slowerThan: limit)
        guard let mark, mark != before else { return }
        try connection.execute(
            """
            INSERT INTO traffic_marks (environment, service, document) VALUES (?, ?, ?)
            ON CONFLICT (environment, service) DO UPDATE SET document = excluded.document
            """, [environment, sample.service, try CanonicalJSON.encode(mark)])
        guard sum != TrafficSum() else { return }
        try add(sum, environment: environment, service: sample.service, now: sample.at, connection)
    }
}
