import Documents
import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging

/// Outermost: gives every request a correlation id, counts it, and tells browsers what answers are good for.
struct EntryMiddleware: RouterMiddleware {
    let metrics: RequestMetrics
    let pace: BodyPace

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        let (method, isEncrypted) = (request.method.rawValue, request.headers[HeaderNames.forwardedProto] == "https")
        let scheme = isEncrypted ? "https" : "http"
        metrics.begin(method: method, scheme: scheme)
        let trace = Self.trace(request)
        var context = context
        context.trace = trace
        context.logger = context.logger.tracing(trace)
        context.pace = pace
        context.correlationID = Self.correlationID(request.headers[HeaderNames.correlationID])
        context.logger[metadataKey: "correlation_id"] = "\(context.correlationID)"
        var response: Response
        do {
            response = try await TraceContext.$current.withValue(trace) { [context] in
                try await next(request, context)
            }
        } catch { response = ErrorMiddleware(metrics: metrics).answer(error, context) }
        response.headers[HeaderNames.correlationID] = context.correlationID
        Self.protect(&response, isEncrypted: isEncrypted)
        let (status, duration) = (response.status.code, ContinuousClock.now - start)
        metrics.answered(method: method, scheme: scheme, route: context.route, status: status, duration)
        context.logger.debug(
            "A request was answered.",
            metadata: [
                "method": "\(method)", "route": "\(context.route)", "status": "\(status)",
                "milliseconds": "\(duration.microseconds / 1000)",
            ])
        return response
    }

    /// A piece of work in the caller's trace, or in a new one when the caller names none that is fit.
    private static func trace(_ request: Request) -> TraceContext {
        let (parent, state) = (request.headers[HeaderNames.traceParent], request.headers[HeaderNames.traceState])
        return TraceContext(parent: parent, state: state)?.child(random: RandomBytes.make)
            ?? TraceContext(random: RandomBytes.make)
    }

    /// The caller's, if it is fit for logs; a new one otherwise.
    static func correlationID(_ given: String?) -> String {
        let isFit =
            given.map { text in
                (1...64).contains(text.utf8.count)
                    && text.utf8.allSatisfy { byte in
                        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                            || [45, 46, 95].contains(byte)
                    }
            } ?? false
        return isFit ? given ?? "" : RandomBytes.uuid()
    }

    /// An answer is data: no page, no frame, no script, whatever a browser makes of its bytes.
    private static func protect(_ response: inout Response, isEncrypted: Bool) {
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[HeaderNames.frameOptions] = "DENY"
        response.headers[HeaderNames.referrerPolicy] = "no-referrer"
        response.headers[HeaderNames.resourcePolicy] = "same-origin"
        if response.headers[.contentSecurityPolicy] == nil {
            response.headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        if isEncrypted { response.headers[.strictTransportSecurity] = "max-age=31536000" }
    }
}

/// Gives every error its answer.
struct ErrorMiddleware: RouterMiddleware {
    let metrics: RequestMetrics

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch { return answer(error, context) }
    }

    func answer(_ error: any Error, _ context: APIContext) -> Response {
        let shown = APIError(cause: error)
        metrics.failed(shown)
        if shown.status.code >= 500 {
            context.logger.error(
                "A request failed.",
                metadata: [
                    "route": "\(context.route)", "status": "\(shown.status.code)",
                    "code": "\(shown.code)", "reason": "\(LoggedCause(error))",
                ])
        }
        return Answer.error(shown, correlationID: context.correlationID)
    }
}

/// Answers only to names that are ours, so that a page elsewhere cannot make a browser talk to us under its own name.
/// This machine's own names are always answered: the router and the platform use them.
struct HostMiddleware: RouterMiddleware {
    let allowed: [String]

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let authority = request.head.authority, Self.isAllowed(authority, allowed) else {
            throw APIError(.badRequest, "unknown_host", "This host name is not answered here.")
        }
        return try await next(request, context)
    }

    static func isAllowed(_ authority: String, _ allowed: [String]) -> Bool {
        let host = name(authority.lowercased())
        if ["localhost", "127.0.0.1", "[::1]"].contains(host) { return true }
        return allowed.contains { pattern in
            let pattern = pattern.lowercased()
            if pattern == "*" || pattern == host { return true }
            return pattern.hasPrefix("*.") && host.hasSuffix(pattern.dropFirst()) && host.count >= pattern.count
        }
    }

    private static func name(_ authority: String) -> String {
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") { return String(authority[...end]) }
        return String(authority.prefix { $0 != ":" })
    }
}
