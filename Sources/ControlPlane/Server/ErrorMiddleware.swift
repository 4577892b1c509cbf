import Hummingbird
import Logging
import NIOCore

/// Turns every error into an answer: refusals as they are, faults with one sentence here and the whole in the log.
struct ErrorMiddleware: RouterMiddleware {
    /// What the addresses in pages begin with.
    let prefix: String

    func handle(
        _ request: Request, context: PlaneContext, next: (Request, PlaneContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            let refusal = refusal(for: error, context: context, path: request.uri.path)
            if request.wantsPage { return Page.failure(refusal).response(status: refusal.status, under: prefix) }
            return try Response(json: ErrorDocument(refusal), status: refusal.status)
        }
    }

    private func refusal(for error: any Error, context: PlaneContext, path: String) -> Refusal {
        if let refusal = error as? Refusal { return refusal }
        if let error = error as? any HTTPResponseError {
            return error.status == .notFound
                ? Refusal("not_found", "There is nothing at \(path).", exit: .usage)
                : Refusal("bad_request", "The request cannot be read (\(error.status.code)).", exit: .usage)
        }
        context.logger.error("a request failed", metadata: ["path": "\(path)", "error": "\(error)"])
        return Refusal("fault", "Something failed inside the engine: \(error)", exit: .checkFailed)
    }
}

extension Refusal {
    var status: HTTPResponse.Status {
        switch code {
        case let code where code == "not_found" || code.hasPrefix("unknown_"):
            code == "unknown_host" ? .forbidden : .notFound
        case "read_only_address": .forbidden
        case "fault": .internalServerError
        default:
            switch exit {
            case .usage: .badRequest
            case .invalidDefinition: .unprocessableContent
            case .unreachable, .timedOut: .serviceUnavailable
            case .refused, .lockHeld: .conflict
            default: .internalServerError
            }
        }
    }
}

extension Request {
    /// A browser asks, and not for a twin in JSON.
    var wantsPage: Bool {
        !uri.path.hasPrefix("/api/") && !uri.path.hasSuffix(".json")
            && (headers[.accept] ?? "").contains("text/html")
    }
}

extension Response {
    init(json document: some Encodable, status: HTTPResponse.Status = .ok) throws {
        let body = ByteBuffer(bytes: try JSON.encode(document))
        self.init(
            status: status, headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: body))
    }
}
