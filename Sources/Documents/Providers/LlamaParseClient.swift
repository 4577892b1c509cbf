import FoundationEssentials
import HTTPClient

/// LlamaParse over its wire format: upload, with a webhook if there is one; ask whether it is done, fetch the Markdown.
package struct LlamaParseClient: DocumentParser {
    package static let provider = "llamaparse"
    private let requests: ProviderRequests
    private let formFolder: String

    /// - Parameter formFolder: where forms are written before they are sent.
    package init(endpoint: ProviderEndpoint, http: any HTTPSending, formFolder: String) {
        requests = ProviderRequests(provider: Self.provider, endpoint: endpoint, http: http)
        self.formFolder = formFolder
    }

    package func submit(_ order: ParseOrder, limit: Duration) async throws(ProviderError) -> ParseTicket {
        struct Answer: Decodable { var id: String }
        let form: MultipartFile
        do {
            form = MultipartFile(
                path: order.path, filename: order.filename, fields: try Self.fields(order), folder: formFolder)
        } catch { throw .unprepared(provider: Self.provider, detail: "\(error)") }
        // What was begun is removed also when the disk is full before it is whole.
        defer { form.remove() }
        let body: String
        do { body = try form.write() } catch {
            throw .unprepared(provider: Self.provider, detail: "\(order.path) cannot be copied: \(error)")
        }
        let response = try await requests.send(
            "POST", "/api/parsing/upload", correlationID: order.correlationID,
            headers: [(name: "Content-Type", value: form.contentType)], body: .file(path: body), timeout: limit)
        return ParseTicket(id: try requests.decode(Answer.self, from: response).id)
    }

    package func collect(
        _ ticket: ParseTicket, correlationID: String, limit: Duration
    ) async throws(ProviderError) -> ParsedDocument? {
        switch try await status(ticket.id, correlationID, within: limit) {
        case "SUCCESS", "PARTIAL_SUCCESS": return try await result(ticket.id, correlationID, within: limit)
        case "PENDING", "QUEUED": return nil
        case "ERROR", "CANCELED", "CANCELLED":
            throw .unusable(
                provider: Self.provider, detail: "its job \(ticket.id) failed: the document cannot be parsed")
        case let other:
            throw .unusable(provider: Self.provider, detail: "its job \(ticket.id) has the unknown status \(other)")
        }
    }

    /// The form's fields beside the file, as LlamaCloud's API names them.
    private static func fields(_ order: ParseOrder) throws -> [String: String] {
        var fields = ["max_pages": "\(order.mostPages)", "disable_ocr": "\(!order.ocr)"]
        fields["webhook_configurations"] = try order.webhook.map(configuration)
        return fields
    }

    /// LlamaCloud's webhook configurations, for this one job.
    private static func configuration(_ webhook: ParseWebhook) throws -> String {
        struct Configuration: Encodable {
            var webhook_url: String
            var webhook_events = ["parse.success", "parse.partial_success", "parse.error", "parse.cancelled"]
            var webhook_output_format = "json"
            var webhook_signing_secret: String
        }
        let configuration = Configuration(webhook_url: webhook.url, webhook_signing_secret: webhook.secret.reveal())
        return String(decoding: try JSONEncoder().encode([configuration]), as: UTF8.self)
    }

    private func status(
        _ id: String, _ correlationID: String, within limit: Duration
    ) async throws(ProviderError) -> String {
        struct Answer: Decodable { var status: String }
        let response = try await requests.send(
            "GET", "/api/parsing/job/\(id)", correlationID: correlationID, timeout: min(limit, .seconds(30)))
        return try requests.decode(Answer.self, from: response).status
    }

    private func result(
        _ id: String, _ correlationID: String, within limit: Duration
    ) async throws(ProviderError) -> ParsedDocument {
        struct Answer: Decodable {
            struct Metadata: Decodable { var job_pages: Int? }
            var markdown: String
            var job_metadata: Metadata?
        }
        let response = try await requests.send(
            "GET", "/api/parsing/job/\(id)/result/markdown", correlationID: correlationID, timeout: limit)
        let answer = try requests.decode(Answer.self, from: response)
        return ParsedDocument(
            markdown: answer.markdown, pages: max(1, answer.job_metadata?.job_pages ?? 1), requestID: id)
    }
}
