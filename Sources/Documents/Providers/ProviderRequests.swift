import FoundationEssentials
import HTTPClient

/// What all providers' clients share: the key, the answer's status, the words for what went wrong.
struct ProviderRequests: Sendable {
    let provider: String
    let endpoint: ProviderEndpoint
    let http: any HTTPSending
    /// Microseconds since 1970.
    var now: @Sendable () -> Int64 = WallClock.microseconds

    func send(
        _ method: String, _ path: String, correlationID: String, headers: [(name: String, value: String)] = [],
        body: HTTPRequest.Body = .none, timeout: Duration
    ) async throws(ProviderError) -> HTTPResponse {
        let own = [
            (name: "Authorization", value: "Bearer \(endpoint.key.reveal())"),
            (name: "X-Correlation-ID", value: correlationID), (name: "Accept", value: "application/json"),
        ]
        let request = HTTPRequest(
            method, endpoint.url + path, headers: own + headers, body: body, timeout: timeout,
            maximumBodyBytes: 64 << 20)
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await http.send(request)
        } catch { throw failure(error, timeout: timeout) }
        try check(response)
        return response
    }

    func decode<T: Decodable>(_ type: T.Type, from response: HTTPResponse) throws(ProviderError) -> T {
        do {
            return try JSONDecoder().decode(type, from: Data(response.body))
        } catch {
            throw .unusable(provider: provider, detail: "it is not the JSON that was expected: \(error)")
        }
    }

    private func failure(_ error: HTTPError, timeout: Duration) -> ProviderError {
        switch error {
        case .timedOut(_, let phase, let after):
            ["queue", "dns", "connect", "tls"].contains(phase)
                ? .network(provider: provider, detail: "no connection within \(after.inSeconds) s (\(phase))")
                : .timeout(provider: provider, seconds: after.inSeconds)
        case .tooLarge(_, let limit): .unusable(provider: provider, detail: "it is larger than \(limit) bytes")
        case .unreadableBody(let path, let reason):
            .unprepared(provider: provider, detail: "\(path) cannot be read: \(reason)")
        case .hostNotFound: .network(provider: provider, detail: "its host is not found")
        case .connectionRefused(_, let detail), .tlsFailed(_, let detail), .badCertificate(_, _, let detail):
            .network(provider: provider, detail: detail)
        case .connectionLost(_, let detail), .malformedResponse(_, let detail):
            .interrupted(provider: provider, detail: detail)
        case .transport(_, let code, let detail): .interrupted(provider: provider, detail: "\(detail) (\(code))")
        case .invalidRequest(_, let reason): .rejected(provider: provider, status: 0, message: reason)
        case .tooManyRedirects: .network(provider: provider, detail: "it redirects")
        case .cancelled: .interrupted(provider: provider, detail: "the call was cancelled")
        }
    }

    private func check(_ response: HTTPResponse) throws(ProviderError) {
        // PostgreSQL stores no NUL, and nobody wants to read the others.
        let message = String(response.text.prefix(300).filter { !$0.unicodeScalars.contains { $0.value < 32 } })
        switch response.status {
        case 200...299: return
        case 401, 403: throw .unauthorized(provider: provider, status: response.status)
        case 408, 504: throw .timeout(provider: provider, seconds: 0)
        case 429:
            let rest = response.header("Retry-After").flatMap { text in
                RetryAfter.seconds(text, date: response.header("Date"), now: Double(now()) / 1_000_000)
            }
            throw .rateLimited(provider: provider, retryAfter: rest)
        case 500...: throw .unavailable(provider: provider, detail: "\(response.status) \(message)")
        default: throw .rejected(provider: provider, status: response.status, message: message)
        }
    }
}
