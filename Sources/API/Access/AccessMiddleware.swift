import Documents
import HTTPTypes
import Hummingbird

/// Lets only callers with a valid token pass, and only as often as they may.
struct AccessMiddleware: RouterMiddleware {
    let tokens: Tokens?
    let quota: RequestQuota
    let clock: MicrosecondClock

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let now = clock()
        let caller = try await caller(request, now: now)
        try await quota.spend(caller.id, now: now)
        var context = context
        context.caller = caller
        return try await next(request, context)
    }

    private func caller(_ request: Request, now: Int64) async throws(APIError) -> Caller {
        guard let header = request.headers[.authorization] else {
            throw .unauthorized("missing_token", "Send a token: Authorization: Bearer …")
        }
        let parts = header.split(separator: " ")
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw .unauthorized("token_malformed", "The header Authorization must read: Bearer TOKEN.")
        }
        guard let tokens else {
            throw APIError(
                .serviceUnavailable, "auth_unconfigured", "Tokens cannot be verified here; tell the operators.")
        }
        return try await tokens.verify(String(parts[1]), now: now)
    }
}
