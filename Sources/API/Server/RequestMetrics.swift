import Synchronization

/// Counts of requests by route and status, and their durations, as OpenMetrics.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        var method: String
        var route: String
        var status: Int
    }

    private struct State {
        var counts: [Key: Int] = [:]
        var buckets: [String: [Int]] = [:]
        var sums: [String: Double] = [:]
        var inFlight = 0
    }

    static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
    private let state = Mutex(State())

    func begin() { state.withLock { $0.inFlight += 1 } }

    /// Ends what `begin` began.
    /// - Parameter route: the pattern that matched, never the path itself.
    func record(method: String, route: String, status: Int, seconds: Double) {
        let bucket = Self.bounds.firstIndex { seconds <= $0 } ?? Self.bounds.count
        state.withLock { state in
            state.inFlight -= 1
            state.counts[Key(method: method, route: route, status: status), default: 0] += 1
            state.buckets[route, default: [Int](repeating: 0, count: Self.bounds.count + 1)][bucket] += 1
            state.sums[route, default: 0] += seconds
        }
    }

    /// - Parameter extra: more lines, before the end.
    func text(extra: [String]) -> String {
        let state = state.withLock { $0 }
        var lines = ["# TYPE http_requests counter", "# HELP http_requests Requests by route and status."]
        for (key, count) in state.counts.sorted(by: { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }) {
            lines.append(
                #"http_requests_total{method="\#(key.method)",route="\#(key.route)",status="\#(key.status)"} \#(count)"#
            )
        }
        lines.append("# TYPE http_request_duration_seconds histogram")
        lines.append("# UNIT http_request_duration_seconds seconds")
        for (route, buckets) in state.buckets.sorted(by: { $0.key < $1.key }) {
            var total = 0
            for (index, count) in buckets.enumerated() {
                total += count
                let bound = index < Self.bounds.count ? "\(Self.bounds[index])" : "+Inf"
                lines.append(#"http_request_duration_seconds_bucket{route="\#(route)",le="\#(bound)"} \#(total)"#)
            }
            lines.append(#"http_request_duration_seconds_count{route="\#(route)"} \#(total)"#)
            lines.append(#"http_request_duration_seconds_sum{route="\#(route)"} \#(state.sums[route] ?? 0)"#)
        }
        lines += ["# TYPE http_requests_in_flight gauge", "http_requests_in_flight \(state.inFlight)"]
        return (lines + extra + ["# EOF", ""]).joined(separator: "\n")
    }
}
