import Analysis

/// What one worker counts of its jobs, read from its OpenMetrics text.
package struct WorkerCounters: Sendable, Equatable {
    package var done: Int64 = 0
    package var failed: Int64 = 0
    package var inFlight = 0
    /// Jobs by upper bound in milliseconds, not across buckets.
    package var durations: [Double: Int64] = [:]
    /// What jobs cost, those left out that cost nothing; nil when the worker does not tell.
    package var costs: JobCosts?

    package init() {}

    private static let good: Set<Substring> = ["done", "complete"]
    private static let bad: Set<Substring> = ["failed", "deadletter", "retried", "lost"]

    /// Reads `pipeline_jobs_total` by its label `outcome`, `pipeline_jobs_in_flight`, the buckets of
    /// `pipeline_job_duration_seconds`, and of `pipeline_job_cost_dollars` the sum as well. Jobs that were handed back have not ended. Nil when the text has no count of jobs.
    package init?(openMetrics text: String) {
        var across: [Double: Int64] = [:]
        var costs: [Double: Int64] = [:]
        var spent = 0.0
        var counts = false
        for line in text.split(separator: "\n") where line.hasPrefix("pipeline_job") {
            let name = line.prefix { $0 != "{" && $0 != " " }
            let tail = line.lastIndex(of: "}").map { line[line.index(after: $0)...] } ?? line.dropFirst(name.count)
            guard let value = tail.split(separator: " ").first.flatMap({ Double($0) }),
                let count = Int64(exactly: value.rounded())
            else { continue }
            switch name {
            case "pipeline_jobs_total":
                guard let outcome = Self.label("outcome", in: line) else { continue }
                counts = true
                if Self.good.contains(outcome) { done += count }
                if Self.bad.contains(outcome) { failed += count }
            case "pipeline_jobs_in_flight": inFlight = Int(count)
            case "pipeline_job_duration_seconds_bucket":
                Self.bound(line).map { across[$0 < 1e300 ? $0 * 1_000 : $0, default: 0] += count }
            case "pipeline_job_cost_dollars_bucket": Self.bound(line).map { costs[$0, default: 0] += count }
            case "pipeline_job_cost_dollars_sum": spent += value
            default: break
            }
        }
        guard counts else { return nil }
        durations = Self.apart(across)
        guard !costs.isEmpty else { return }
        let paid = Self.apart(costs).filter { $0.key > 0 }.map { (upTo: $0.key, count: $0.value) }
        self.costs = JobCosts(
            histogram: LatencyHistogram(paid), nanodollars: Int64(exactly: (spent * 1_000_000_000).rounded()) ?? .max)
    }

    /// A bucket's upper bound, 1e300 for none; nil when it has none that is a number.
    private static func bound(_ line: Substring) -> Double? {
        label("le", in: line).flatMap { $0 == "+Inf" ? 1e300 : Double($0) }
    }

    /// Buckets that each hold what the ones below them do not.
    private static func apart(_ across: [Double: Int64]) -> [Double: Int64] {
        var below: Int64 = 0
        return across.sorted { $0.key < $1.key }.reduce(into: [:]) { apart, bucket in
            apart[bucket.key] = bucket.value - below
            below = bucket.value
        }
    }

    private static func label(_ name: String, in line: Substring) -> Substring? {
        guard let open = line.firstIndex(of: "{"), let close = line.lastIndex(of: "}") else { return nil }
        for pair in line[line.index(after: open)..<close].split(separator: ",") where pair.hasPrefix("\(name)=\"") {
            return pair.dropFirst(name.count + 2).dropLast()
        }
        return nil
    }

    package static func + (a: WorkerCounters, b: WorkerCounters) -> WorkerCounters {
        var sum = a
        sum.done += b.done
        sum.failed += b.failed
        sum.inFlight += b.inFlight
        sum.durations.merge(b.durations, uniquingKeysWith: +)
        if let costs = b.costs { sum.costs = (a.costs ?? JobCosts()) + costs }
        return sum
    }
}

/// One worker's counters across its restarts: each start counts from 0 again.
package struct WorkerTally: Sendable {
    private var earlier = WorkerCounters()
    private var current = WorkerCounters()

    package init() {}

    package var total: WorkerCounters { earlier + current }

    package mutating func saw(_ counters: WorkerCounters) {
        if counters.done < current.done || counters.failed < current.failed {
            current.inFlight = 0
            earlier = earlier + current
        }
        current = counters
    }

    /// The worker does not answer; what it counted last stays.
    package mutating func sawNothing() { current.inFlight = 0 }
}
