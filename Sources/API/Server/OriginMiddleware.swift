import HTTPTypes
import Hummingbird

/// Lets browsers call from the origins that are listed, and read refusals as well. A preflight from anywhere else is
/// refused; what a browser sends without one gets an answer that its page may not read.
struct OriginMiddleware: RouterMiddleware {
    static let methods = ["GET", "POST", "PUT", "DELETE"]

    let allowed: [String]

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin] else { return vary(try await next(request, context)) }
        let isAllowed = allowed.contains(origin) || allowed.contains("*")
        let isPreflight = request.method == .options && request.headers[.accessControlRequestMethod] != nil
        guard isPreflight else {
            var response = vary(try await next(request, context))
            if isAllowed {
                response.headers[.accessControlAllowOrigin] = origin
                response.headers[.accessControlExposeHeaders] = "Retry-After, X-Correlation-ID"
            }
            return response
        }
        guard isAllowed, Self.methods.contains(request.headers[.accessControlRequestMethod] ?? "") else {
            let refusal = APIError(.forbidden, "origin_refused", "Pages of this origin may not call this API.")
            return vary(Answer.error(refusal, correlationID: context.correlationID))
        }
        var response = vary(Response(status: .noContent))
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlAllowMethods] = Self.methods.joined(separator: ", ")
        response.headers[.accessControlAllowHeaders] = "Authorization, Content-Type, X-Correlation-ID"
        response.headers[.accessControlMaxAge] = "600"
        return response
    }

    /// Every answer depends on the origin, also one that names none: a cache must not give it to another.
    private func vary(_ response: Response) -> Response {
        var response = response
        response.headers[.vary] = "Origin"
        return response
    }
}
