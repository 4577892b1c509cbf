import Rollouts

/// What one worker counts of its jobs, read from its OpenMetrics text.
package struct WorkerCounters: Sendable, Equatable {
    package var done: Int64 = 0
    package var failed: Int64 = 0
    package var inFlight = 0
    /// Jobs by upper bound in milliseconds, not across buckets.
    package var durations: [Double: Int64] = [:]

    package init() {}

    private static let good: Set<Substring> = ["done", "complete"]
    private static let bad: Set<Substring> = ["failed", "deadletter", "retried", "lost"]

    /// Reads `pipeline_jobs_total` by its label `outcome`, `pipeline_jobs_in_flight` and the buckets of
    /// `pipeline_job_duration_seconds`. Jobs that were handed back have not ended. Nil when the text has no count of jobs.
    package init?(openMetrics text: String) {
        var across: [(Double, Int64)] = []
        var counts = false
        for line in text.split(separator: "\n") where line.hasPrefix("pipeline_job") {
            let name = line.prefix { $0 != "{" && $0 != " " }
            let tail = line.lastIndex(of: "}").map { line[line.index(after: $0)...] } ?? line.dropFirst(name.count)
            guard let value = tail.split(separator: " ").first.flatMap({ Double($0) }) else { continue }
            if name == "pipeline_jobs_total", let outcome = Self.label("outcome", in: line) {
                counts = true
                if Self.good.contains(outcome) { done += Int64(value) }
                if Self.bad.contains(outcome) { failed += Int64(value) }
            } else if name == "pipeline_jobs_in_flight" {
                inFlight = Int(value)
            } else if name == "pipeline_job_duration_seconds_bucket", let bound = Self.label("le", in: line) {
                across.append((bound == "+Inf" ? 1e300 : (Double(bound) ?? 0) * 1_000, Int64(value)))
            }
        }
        guard counts else { return nil }
        var below: Int64 = 0
        for (bound, value) in across.sorted(by: { $0.0 < $1.0 }) {
            durations[bound] = value - below
            below = value
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
