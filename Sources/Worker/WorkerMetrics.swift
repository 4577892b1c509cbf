import Documents
import OpenMetrics
import Synchronization

/// What else of a worker's process is measured, and told with its jobs.
struct WorkerTelemetry: Sendable {
    var database: DatabaseMetrics?
    var calls: MeasuredHTTP?
    var breakers: [GuardedCalls] = []
}

/// What this worker counts, and how it is told in OpenMetrics 1.0 text.
///
/// `pipeline_jobs`, `pipeline_jobs_in_flight`, `pipeline_job_duration_seconds` and `pipeline_job_cost_dollars` are what
/// rollouts judge workers by (`WorkerCounters`): their names and outcomes stay.
final class WorkerMetrics: Sendable {
    private struct Values {
        var outcomes: [JobOutcome: Int] = [:]
        var jobs = Histogram(bounds: HistogramBounds.work)
        var stages: [JobStage: Histogram] = [:]
        var pickups = Histogram(bounds: HistogramBounds.work)
        var costs = Histogram(bounds: HistogramBounds.costs)
        var events: [EventEnd: Int] = [:]
    }

    private enum EventEnd: String, CaseIterable { case delivered, failed, dead }

    private static let processed = MetricFamily.durations(
        "messaging_process_duration_seconds", "Jobs from claim to end.", bounds: HistogramBounds.work)
    private static let consumed = MetricFamily.counter("messaging_client_consumed_messages", "Jobs claimed.")
    private static let sent = MetricFamily.counter("messaging_client_sent_messages", "Events sent to receivers.")
    private static let errors = MetricFamily.counter("pipeline_errors", "Failures of jobs, by code and stage.")
    private static let retries = MetricFamily.counter(
        "pipeline_job_retries", "Further attempts at jobs that had failed, by what became of them.")

    private let values = Mutex(Values())
    private let meter = Meter([processed, consumed, sent, errors, retries])
    private let telemetry: WorkerTelemetry

    init(telemetry: WorkerTelemetry = WorkerTelemetry()) { self.telemetry = telemetry }

    func job(_ outcome: JobOutcome, microseconds: Int64, isRetry: Bool = false) {
        values.withLock { values in
            values.outcomes[outcome, default: 0] += 1
            values.jobs.add(microseconds)
        }
        let isError = [.retried, .deadletter, .lost].contains(outcome)
        meter.record(
            Self.processed,
            Self.jobs("process") + (isError ? [("error_type", outcome.rawValue)] : []), microseconds: microseconds)
        if isRetry { meter.add(Self.retries, ["outcome": outcome.rawValue]) }
    }

    /// - Parameter nanodollars: what the ledger has for a job that has ended, over all of its attempts.
    func cost(nanodollars: Int64) { values.withLock { $0.costs.add(nanodollars) } }

    func stage(_ stage: JobStage, microseconds: Int64) {
        values.withLock {
            $0.stages[stage, default: Histogram(bounds: HistogramBounds.work)].add(microseconds)
        }
    }

    func failure(_ failure: JobFailure) {
        meter.add(Self.errors, ["error_type": failure.code, "stage": failure.stage.rawValue])
    }

    func events(_ outcome: EventStreamOutcome) {
        let failure: EventEnd? = outcome.failure == nil ? nil : outcome.retryAt == nil ? .dead : .failed
        values.withLock { values in
            values.events[.delivered, default: 0] += outcome.delivered
            if let failure { values.events[failure, default: 0] += 1 }
        }
        let labels: MetricLabels = [
            "messaging_system": "webhook", "messaging_operation_name": "send", "messaging_destination_name": "events",
        ]
        meter.add(Self.sent, labels, outcome.delivered)
        if let failure { meter.add(Self.sent, labels + [("error_type", failure.rawValue)]) }
    }

    /// - Parameter waited: microseconds since the job became claimable.
    func claimed(after waited: Int64) {
        values.withLock { $0.pickups.add(waited) }
        meter.add(Self.consumed, Self.jobs("receive"))
    }

    private static func jobs(_ operation: String) -> MetricLabels {
        [
            "messaging_system": "pipeline", "messaging_operation_name": operation,
            "messaging_destination_name": "jobs",
        ]
    }

    /// - Parameters:
    ///   - queue: nil when the database does not answer; its figures are then left out, and so are `events`'.
    func text(
        identity: InstanceIdentity, share: JobBuckets, inFlight: Int, queue: QueueFigures?, events: EventFigures? = nil
    ) -> String {
        var text = OpenMetricsText(labels: ["release": identity.release])
        text.target(service: "worker", identity: identity)
        write(values.withLock { $0 }, to: &text)
        text.gauge("pipeline_jobs_in_flight", "Jobs in this worker's hands.", inFlight)
        text.gauge("pipeline_share_buckets", "Job buckets, of 100, that this worker claims.", share.upper - share.lower)
        meter.write(to: &text)
        telemetry.calls?.write(to: &text)
        telemetry.database?.write(to: &text)
        text.breakers(telemetry.breakers)
        queue?.write(to: &text)
        if let events {
            text.gauge(
                "pipeline_event_streams_waiting", "Jobs with events on their way, in the whole environment.",
                events.waitingStreams)
            text.gauge(
                "pipeline_event_dead_letters", "Events that no receiver took, in the whole environment.",
                events.deadLetters)
        }
        return text.finished
    }

    private func write(_ values: Values, to text: inout OpenMetricsText) {
        text.family(
            "pipeline_jobs", "counter", "Jobs that left this worker, by what became of them; smoke tests' left out.")
        for outcome in JobOutcome.allCases where outcome != .waiting {
            text.sample("pipeline_jobs_total", ["outcome": outcome.rawValue], values.outcomes[outcome] ?? 0)
        }
        text.family("pipeline_job_duration_seconds", "histogram", "From claim to end.", unit: "seconds")
        text.histogram("pipeline_job_duration_seconds", [:], values.jobs)
        text.family("pipeline_job_cost_dollars", "histogram", "What jobs cost, as the ledger has it.", unit: "dollars")
        text.histogram("pipeline_job_cost_dollars", [:], values.costs, scale: 1_000_000_000)
        text.family("pipeline_stage_duration_seconds", "histogram", "Stages that were done.", unit: "seconds")
        for stage in JobStage.allCases {
            let histogram = values.stages[stage] ?? Histogram(bounds: HistogramBounds.work)
            text.histogram("pipeline_stage_duration_seconds", ["stage": stage.rawValue], histogram)
        }
        text.family("pipeline_job_pickup_seconds", "histogram", "From claimable to claimed.", unit: "seconds")
        text.histogram("pipeline_job_pickup_seconds", [:], values.pickups)
        text.family(
            "pipeline_event_deliveries", "counter",
            "Job events sent to receivers by this worker, by what became of them.")
        for end in EventEnd.allCases {
            text.sample("pipeline_event_deliveries_total", ["outcome": end.rawValue], values.events[end] ?? 0)
        }
    }
}
