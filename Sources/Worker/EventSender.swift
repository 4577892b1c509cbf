import Documents
import HTTPClient

/// Sends one event to one receiver.
struct EventSender: Sendable {
    /// From the first byte to the answer.
    static let timeLimit = Duration.seconds(10)

    let http: any HTTPSending
    let keys: SigningKeys

    /// - Parameter now: microseconds since 1970.
    /// - Returns: why the receiver has not taken it, for the operators; nil when it has. Names no address and no key.
    func send(_ event: StoredJobEvent, to receiver: EventReceiver, now: Int64) async -> String? {
        let body: [UInt8]
        do { body = try EventMessage(event).bytes() } catch { return "the event cannot be encoded: \(error)" }
        let own = [
            (name: "Content-Type", value: EventMessage.contentType),
            (name: "X-Correlation-ID", value: event.correlationID),
        ]
        let signed = WebhookSignature.headers(id: event.id, timestamp: now / 1_000_000, body: body, keys: keys)
        let request = HTTPRequest(
            "POST", receiver.url.reveal(), headers: own + signed, body: .bytes(body), timeout: Self.timeLimit,
            maximumBodyBytes: 1 << 16)
        do throws(HTTPError) {
            let status = try await sent(request, trace: event.trace).status
            return (200...299).contains(status) ? nil : "it answered with \(status)"
        } catch { return reason(error) }
    }

    /// In the trace of what the event tells of.
    private func sent(_ request: HTTPRequest, trace: TraceContext?) async throws(HTTPError) -> HTTPResponse {
        let http = http
        let result = await TraceContext.$current.withValue(trace) { () async -> Result<HTTPResponse, HTTPError> in
            do throws(HTTPError) { return .success(try await http.send(request)) } catch { return .failure(error) }
        }
        return try result.get()
    }

    /// In words of our own: the error's may show the address.
    private func reason(_ error: HTTPError) -> String {
        switch error {
        case .timedOut: "it did not answer within \(Self.timeLimit.components.seconds) s"
        case .hostNotFound: "its host is not found"
        case .connectionRefused: "it refuses connections"
        case .tlsFailed, .badCertificate: "its certificate or its TLS cannot be trusted"
        case .tooLarge: "its answer is too large"
        case .invalidRequest(_, let reason): "it cannot be asked: \(reason)"
        case .connectionLost, .malformedResponse, .transport, .tooManyRedirects, .unreadableBody, .cancelled:
            "the connection broke before it answered"
        }
    }
}
