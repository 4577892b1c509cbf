import Documents
import Synchronization

/// What this worker counts, and how it is told in OpenMetrics 1.0 text.
final class WorkerMetrics: Sendable {
    private struct Values {
        var outcomes: [JobOutcome: Int] = [:]
        var jobs = Histogram()
        var stages: [JobStage: Histogram] = [:]
        var pickups = Histogram()
    }

    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    private let values = Mutex(Values())

    func job(_ outcome: JobOutcome, microseconds: Int64) {
        values.withLock { values in
            values.outcomes[outcome, default: 0] += 1
            values.jobs.add(microseconds)
        }
    }

    func stage(_ stage: JobStage, microseconds: Int64) {
        values.withLock { $0.stages[stage, default: Histogram()].add(microseconds) }
    }

    func pickup(microseconds: Int64) { values.withLock { $0.pickups.add(microseconds) } }

    /// - Parameter queue: nil when the database does not answer; its figures are then left out.
    func text(release: String, share: JobBuckets, inFlight: Int, queue: QueueFigures?) -> String {
        let values = values.withLock { $0 }
        var text = OpenMetricsText(labels: [("release", release)])
        text.family("pipeline_jobs", "counter", "Jobs that left this worker, by what became of them.")
        for outcome in JobOutcome.allCases {
            text.sample("pipeline_jobs_total", [("outcome", outcome.rawValue)], values.outcomes[outcome] ?? 0)
        }
        text.family("pipeline_job_duration_seconds", "histogram", "From claim to end.", unit: "seconds")
        text.histogram("pipeline_job_duration_seconds", [], values.jobs)
        text.family("pipeline_stage_duration_seconds", "histogram", "Stages that were done.", unit: "seconds")
        for stage in JobStage.allCases {
            let histogram = values.stages[stage] ?? Histogram()
            text.histogram("pipeline_stage_duration_seconds", [("stage", stage.rawValue)], histogram)
        }
        text.family("pipeline_job_pickup_seconds", "histogram", "From claimable to claimed.", unit: "seconds")
        text.histogram("pipeline_job_pickup_seconds", [], values.pickups)
        text.family("pipeline_jobs_in_flight", "gauge", "Jobs in this worker's hands.")
        text.sample("pipeline_jobs_in_flight", [], inFlight)
        text.family("pipeline_share_buckets", "gauge", "Job buckets, of 100, that this worker claims.")
        text.sample("pipeline_share_buckets", [], share.upper - share.lower)
        if let queue { text.queue(queue) }
        return text.finished
    }
}

/// Counts durations in buckets.
struct Histogram: Sendable {
    /// Upper bounds in microseconds.
    static let bounds: [Int64] = [
        5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        30_000_000, 60_000_000, 120_000_000, 300_000_000, 600_000_000,
    ]

    private(set) var counts = [Int](repeating: 0, count: bounds.count)
    private(set) var count = 0
    private(set) var sum: Int64 = 0

    mutating func add(_ microseconds: Int64) {
        count += 1
        sum += max(0, microseconds)
        guard let bucket = Self.bounds.firstIndex(where: { microseconds <= $0 }) else { return }
        counts[bucket] += 1
    }
}

/// Writes OpenMetrics text: each family once, its samples together, `# EOF` at the end.
struct OpenMetricsText {
    private let labels: [(String, String)]
    private var lines: [String] = []

    init(labels: [(String, String)]) { self.labels = labels }

    var finished: String { (lines + ["# EOF", ""]).joined(separator: "\n") }

    mutating func family(_ name: String, _ type: String, _ help: String, unit: String? = nil) {
        lines.append("# TYPE \(name) \(type)")
        if let unit { lines.append("# UNIT \(name) \(unit)") }
        lines.append("# HELP \(name) \(help)")
    }

    mutating func sample(_ name: String, _ more: [(String, String)], _ value: some CustomStringConvertible) {
        let text = (labels + more).map { "\($0.0)=\"\(MetricLabel.escaped($0.1))\"" }.joined(separator: ",")
        lines.append("\(name){\(text)} \(value)")
    }

    mutating func histogram(_ name: String, _ more: [(String, String)], _ histogram: Histogram) {
        var sum = 0
        for (bound, count) in zip(Histogram.bounds, histogram.counts) {
            sum += count
            sample("\(name)_bucket", more + [("le", Self.seconds(bound))], sum)
        }
        sample("\(name)_bucket", more + [("le", "+Inf")], histogram.count)
        sample("\(name)_sum", more, Self.seconds(histogram.sum))
        sample("\(name)_count", more, histogram.count)
    }

    mutating func queue(_ queue: QueueFigures) {
        family("pipeline_queue_waiting_jobs", "gauge", "Jobs that could be claimed, in the whole environment.")
        sample("pipeline_queue_waiting_jobs", [], queue.waiting)
        family("pipeline_queue_age_seconds", "gauge", "How long the oldest of them has waited.", unit: "seconds")
        sample("pipeline_queue_age_seconds", [], Self.seconds(queue.oldestAge))
    }

    private static func seconds(_ microseconds: Int64) -> String { "\(Double(microseconds) / 1_000_000)" }
}
