import Documents
import Synchronization

/// What this worker counts, and how it is told in OpenMetrics 1.0 text.
final class WorkerMetrics: Sendable {
    private struct Values {
        var outcomes: [JobOutcome: Int] = [:]
        var jobs = Histogram()
        var stages: [JobStage: Histogram] = [:]
        var pickups = Histogram()
        var costs = Histogram(bounds: Histogram.costs)
        var eventsDelivered = 0
        var eventsFailed = 0
        var eventsDead = 0
    }

    static let contentType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    private let values = Mutex(Values())

    func job(_ outcome: JobOutcome, microseconds: Int64) {
        values.withLock { values in
            values.outcomes[outcome, default: 0] += 1
            values.jobs.add(microseconds)
        }
    }

    /// - Parameter nanodollars: what the ledger has for a job that has ended, over all of its attempts.
    func cost(nanodollars: Int64) { values.withLock { $0.costs.add(nanodollars) } }

    func stage(_ stage: JobStage, microseconds: Int64) {
        values.withLock { $0.stages[stage, default: Histogram()].add(microseconds) }
    }

    func events(_ outcome: EventStreamOutcome) {
        values.withLock { values in
            values.eventsDelivered += outcome.delivered
            guard outcome.failure != nil else { return }
            if outcome.retryAt == nil { values.eventsDead += 1 } else { values.eventsFailed += 1 }
        }
    }

    func pickup(microseconds: Int64) { values.withLock { $0.pickups.add(microseconds) } }

    /// - Parameters:
    ///   - queue: nil when the database does not answer; its figures are then left out, and so are `events`'.
    func text(
        release: String, share: JobBuckets, inFlight: Int, queue: QueueFigures?, events: EventFigures? = nil
    ) -> String {
        let values = values.withLock { $0 }
        var text = OpenMetricsText(labels: [("release", release)])
        text.family(
            "pipeline_jobs", "counter", "Jobs that left this worker, by what became of them; smoke tests' left out.")
        for outcome in JobOutcome.allCases where outcome != .waiting {
            text.sample("pipeline_jobs_total", [("outcome", outcome.rawValue)], values.outcomes[outcome] ?? 0)
        }
        text.family("pipeline_job_duration_seconds", "histogram", "From claim to end.", unit: "seconds")
        text.histogram("pipeline_job_duration_seconds", [], values.jobs)
        text.family("pipeline_job_cost_dollars", "histogram", "What jobs cost, as the ledger has it.", unit: "dollars")
        text.histogram("pipeline_job_cost_dollars", [], values.costs, unit: 1_000_000_000)
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
        text.eventDeliveries(
            delivered: values.eventsDelivered, failed: values.eventsFailed, dead: values.eventsDead)
        if let queue { text.queue(queue) }
        if let events { text.events(events) }
        return text.finished
    }
}

/// Counts durations, or amounts, in buckets.
struct Histogram: Sendable {
    /// Upper bounds in microseconds.
    static let durations: [Int64] = [
        5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        30_000_000, 60_000_000, 120_000_000, 300_000_000, 600_000_000,
    ]

    /// Upper bounds in nano-dollars: nothing, then from a hundredth of a cent to ten dollars in steps of about a fifth (the E12
    /// series), so that a cost which doubles is three buckets up.
    static let costs: [Int64] =
        [0]
        + [10_000, 100_000, 1_000_000, 10_000_000, 100_000_000].flatMap { decade in
            [10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82].map { $0 * decade }
        } + [10_000_000_000]

    let bounds: [Int64]
    private(set) var counts: [Int]
    private(set) var count = 0
    private(set) var sum: Int64 = 0

    init(bounds: [Int64] = Histogram.durations) {
        self.bounds = bounds
        counts = [Int](repeating: 0, count: bounds.count)
    }

    mutating func add(_ value: Int64) {
        count += 1
        sum += max(0, value)
        guard let bucket = bounds.firstIndex(where: { value <= $0 }) else { return }
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

    /// - Parameter unit: how many of what was counted are one of what is told.
    mutating func histogram(
        _ name: String, _ more: [(String, String)], _ histogram: Histogram, unit: Double = 1_000_000
    ) {
        var sum = 0
        for (bound, count) in zip(histogram.bounds, histogram.counts) {
            sum += count
            sample("\(name)_bucket", more + [("le", "\(Double(bound) / unit)")], sum)
        }
        sample("\(name)_bucket", more + [("le", "+Inf")], histogram.count)
        sample("\(name)_sum", more, "\(Double(histogram.sum) / unit)")
        sample("\(name)_count", more, histogram.count)
    }

    mutating func queue(_ queue: QueueFigures) {
        family("pipeline_queue_waiting_jobs", "gauge", "Jobs that could be claimed, in the whole environment.")
        sample("pipeline_queue_waiting_jobs", [], queue.waiting)
        family("pipeline_queue_age_seconds", "gauge", "How long the oldest of them has waited.", unit: "seconds")
        sample("pipeline_queue_age_seconds", [], Self.seconds(queue.oldestAge))
    }

    mutating func eventDeliveries(delivered: Int, failed: Int, dead: Int) {
        family(
            "pipeline_event_deliveries", "counter",
            "Job events sent to receivers by this worker, by what became of them.")
        for (outcome, count) in [("delivered", delivered), ("failed", failed), ("dead", dead)] {
            sample("pipeline_event_deliveries_total", [("outcome", outcome)], count)
        }
    }

    mutating func events(_ events: EventFigures) {
        family("pipeline_event_streams_waiting", "gauge", "Jobs with events on their way, in the whole environment.")
        sample("pipeline_event_streams_waiting", [], events.waitingStreams)
        family("pipeline_event_dead_letters", "gauge", "Events that no receiver took, in the whole environment.")
        sample("pipeline_event_dead_letters", [], events.deadLetters)
    }

    private static func seconds(_ microseconds: Int64) -> String { "\(Double(microseconds) / 1_000_000)" }
}
