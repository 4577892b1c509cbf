import Foundation
import HTTPTypes
import Hummingbird

/// Lets a provider's faults hit its requests, and asks for a key as the provider does.
struct FaultMiddleware: RouterMiddleware {
    typealias Context = BasicRequestContext
    let provider: Provider
    let board: FaultBoard
    private let start = ContinuousClock.now

    init(provider: Provider, board: FaultBoard) {
        self.provider = provider
        self.board = board
    }

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        switch board.fate(of: provider, second: Int((ContinuousClock.now - start).components.seconds)) {
        case .outage: return JSONAnswer.error(.serviceUnavailable, "The provider is down (a fault asked for).")
        case .fail: return JSONAnswer.error(.internalServerError, "The provider failed (a fault asked for).")
        case .slowDown(let seconds):
            var answer = JSONAnswer.error(.tooManyRequests, "Rate limit reached.")
            answer.headers[.retryAfter] =
                board.faults(of: provider).retry_after_date ? Self.date(in: seconds) : String(seconds)
            return answer
        case .serve(let milliseconds):
            if milliseconds > 0 { try await Task.sleep(for: .milliseconds(milliseconds)) }
        }
        guard let key = request.headers[.authorization], key.hasPrefix("Bearer "), key.count > 7,
            key != "Bearer invalid"
        else { return JSONAnswer.error(.unauthorized, "Incorrect API key provided.") }
        return try await next(request, context)
    }
}

extension FaultMiddleware {
    /// As HTTP writes a date; whole seconds, so rounded up.
    private static func date(in seconds: Int) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: Date(timeIntervalSinceNow: Double(seconds) + 1))
    }
}

/// Answers in JSON.
enum JSONAnswer {
    static func make(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// In the shape that OpenAI uses.
    static func error(_ status: HTTPResponse.Status, _ message: String) -> Response {
        make(#"{"error":{"message":"\#(message)","type":"simulated","code":\#(status.code)}}"#, status: status)
    }
}
