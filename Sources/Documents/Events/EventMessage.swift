import FoundationEssentials

/// One event as its receivers get it: a CloudEvents 1.0 message in JSON (structured mode).
package struct EventMessage: Sendable, Encodable {
    package static let contentType = "application/cloudevents+json; charset=utf-8"

    package struct Payload: Sendable, Encodable {
        package var jobID: String
        package var sequence: Int
        package var kind: String
        package var severity: String
        package var code: String
        package var detail: String?
        package var correlationID: String

        private enum CodingKeys: String, CodingKey {
            case sequence, kind, severity, code, detail
            case jobID = "job_id"
            case correlationID = "correlation_id"
        }
    }

    package let specversion = "1.0"
    /// The same however often the event is sent.
    package let id: String
    package let source = "/pipeline/jobs"
    package let type: String
    /// The job.
    package let subject: String
    package let time: String
    package let datacontenttype = "application/json"
    /// CloudEvents' extension for distributed tracing: the request that announced the document.
    package let traceparent: String?
    package let tracestate: String?
    package let data: Payload

    package init(_ stored: StoredJobEvent) {
        id = stored.id
        type = "dev.tidegate.pipeline.job.\(stored.event.kind.rawValue)"
        subject = stored.jobID
        time = Timestamp.text(microseconds: stored.createdAt)
        traceparent = stored.trace?.parent
        tracestate = stored.trace?.state
        data = Payload(
            jobID: stored.jobID, sequence: stored.sequence, kind: stored.event.kind.rawValue,
            severity: stored.event.severity.rawValue, code: stored.event.code, detail: stored.event.detail,
            correlationID: stored.correlationID)
    }

    /// The bytes that are sent and signed.
    package func bytes() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }
}
