import FoundationEssentials
import HTTPClient

/// LlamaParse over its wire format: upload, ask until it is done, fetch the Markdown.
package struct LlamaParseClient: DocumentParser {
    package static let provider = "llamaparse"
    private let requests: ProviderRequests
    private let temporaryFolder: String
    private let pause: Duration

    /// - Parameter pause: between two questions whether the work is done.
    package init(
        endpoint: ProviderEndpoint, http: any HTTPSending, temporaryFolder: String = "/tmp",
        pause: Duration = .milliseconds(200)
    ) {
        requests = ProviderRequests(provider: Self.provider, endpoint: endpoint, http: http)
        self.temporaryFolder = temporaryFolder
        self.pause = pause
    }

    package func parse(
        path: String, filename: String, correlationID: String, deadline: Duration
    ) async throws(ProviderError) -> ParsedDocument {
        let end = ContinuousClock.now + deadline
        let id = try await upload(path, filename, correlationID, within: deadline)
        while true {
            let left = end - ContinuousClock.now
            guard left > .zero else { throw .timeout(provider: Self.provider, seconds: deadline.inSeconds) }
            switch try await status(id, correlationID, within: left) {
            case "SUCCESS", "PARTIAL_SUCCESS": return try await result(id, correlationID, within: left)
            case "PENDING", "QUEUED": try await rest(min(pause, left))
            case "ERROR", "CANCELED", "CANCELLED":
                throw .unusable(provider: Self.provider, detail: "its job \(id) failed: the document cannot be parsed")
            case let other:
                throw .unusable(provider: Self.provider, detail: "its job \(id) has the unknown status \(other)")
            }
        }
    }

    private func upload(
        _ path: String, _ filename: String, _ correlationID: String, within limit: Duration
    ) async throws(ProviderError) -> String {
        struct Answer: Decodable { var id: String }
        let form = MultipartFile(path: path, filename: filename, folder: temporaryFolder)
        let body: String
        do {
            body = try form.write()
        } catch { throw .rejected(provider: Self.provider, status: 0, message: "\(path) cannot be read: \(error)") }
        defer { form.remove() }
        let response = try await requests.send(
            "POST", "/api/parsing/upload", correlationID: correlationID,
            headers: [(name: "Content-Type", value: form.contentType)], body: .file(path: body), timeout: limit)
        return try requests.decode(Answer.self, from: response).id
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

    /// Waits between two questions; the provider offers nothing to wait for but its webhook.
    private func rest(_ time: Duration) async throws(ProviderError) {
        do {
            try await Task.sleep(for: time)
        } catch { throw .network(provider: Self.provider, detail: "the call was cancelled") }
    }
}
