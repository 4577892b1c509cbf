import HTTPTypes
import Hummingbird

/// What travels with one request.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Found again in answers, errors, events, provider calls and logs.
    var correlationID = ""
    /// Set once the token was verified.
    var caller: Caller?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }

    /// - Throws: 401 when the route was not guarded; a route that needs a caller always is.
    func requireCaller() throws(APIError) -> Caller {
        guard let caller else { throw .unauthorized("missing_token", "Send a token: Authorization: Bearer …") }
        return caller
    }
}

/// Who makes a request, as a verified token says.
struct Caller: Sendable, Equatable {
    var id: String
    var role: String
    /// The session, if the token came from a login.
    var session: String?
}

/// Names of headers that are ours.
enum HeaderNames {
    static let correlationID = name("X-Correlation-ID")
    static let controlToken = name("X-Control-Token")
    static let pinRelease = name("X-Pin-Release")
    static let forwardedFor = name("X-Forwarded-For")
    static let forwardedProto = name("X-Forwarded-Proto")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no header's name") }
        return name
    }
}
