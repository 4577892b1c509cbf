import Documents
import OpenMetrics
import Synchronization

/// What this instance counts of its requests, by the names of OpenTelemetry's HTTP conventions, and of what they were for.
final class RequestMetrics: Sendable {
    private static let duration = MetricFamily.durations(
        "http_server_request_duration_seconds", "Requests, by route and status.", bounds: HistogramBounds.requests)
    private static let errors = MetricFamily.counter(
        "pipeline_errors", "Refusals and failures, by the code that the caller is told.")
    private static let uploads = MetricFamily.counter(
        "pipeline_uploads", "Documents announced and received, by what became of it.")
    private static let retries = MetricFamily.counter(
        "pipeline_retry_requests", "Failed jobs that users asked to have tried again, by what became of it.")
    private static let sent = MetricFamily.counter(
        "messaging_client_sent_messages", "Jobs that this instance gave to the workers.")
    private static let methods: Set<String> = [
        "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY",
    ]

    private let meter = Meter([duration, errors, uploads, retries, sent])
    private let active = Mutex<[MetricLabels: Int]>([:])

    /// Begins a request; `answered` ends it.
    func begin(method: String, scheme: String) {
        active.withLock { $0[Self.labels(method, scheme), default: 0] += 1 }
    }

    /// - Parameter route: the pattern that matched, never the path itself.
    func answered(method: String, scheme: String, route: String, status: Int, _ duration: Duration) {
        let common = Self.labels(method, scheme)
        active.withLock { $0[common, default: 1] -= 1 }
        let error = status >= 500 ? [("error_type", "\(status)")] : []
        meter.record(
            Self.duration,
            common + ([("http_route", route), ("http_response_status_code", "\(status)")] + error), duration)
    }

    func failed(_ error: APIError) { meter.add(Self.errors, ["error_type": error.code]) }

    enum UploadStep: String, Sendable { case announce, receive }

    func uploaded(_ step: UploadStep, _ outcome: String) {
        meter.add(Self.uploads, ["step": step.rawValue, "outcome": outcome])
    }

    /// A job may be claimed from now on.
    func queued() {
        meter.add(
            Self.sent,
            [
                "messaging_system": "pipeline", "messaging_operation_name": "send",
                "messaging_destination_name": "jobs",
            ])
    }

    func retried(_ outcome: String) { meter.add(Self.retries, ["outcome": outcome]) }

    func write(to text: inout OpenMetricsText) {
        meter.write(to: &text)
        text.family("http_server_active_requests", "gauge", "Requests that are being answered.")
        for (labels, count) in active.withLock({ $0 }).sorted(by: { MetricLabels.isBefore($0.key, $1.key) }) {
            text.sample("http_server_active_requests", labels, count)
        }
    }

    /// Whatever method somebody thinks of is one value.
    private static func labels(_ method: String, _ scheme: String) -> MetricLabels {
        ["http_request_method": methods.contains(method) ? method : "_OTHER", "url_scheme": scheme]
    }
}
