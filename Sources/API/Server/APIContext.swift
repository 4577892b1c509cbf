import Documents
import HTTPTypes
import Hummingbird

/// What travels with one request.
struct APIContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Found again in answers, errors, events, provider calls and logs.
    var correlationID = ""
    /// Where this request stands in a trace; set by the outermost middleware.
    var trace: TraceContext?
    /// Set once the token was verified.
    var caller: Caller?
    /// How long bodies may take.
    var pace = BodyPace.usual

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
    }

    /// The pattern that matched, `/api/v2/jobs/{id}`; `other` when none did, whatever was asked for.
    var route: String {
        guard let path = endpointPath, path.hasPrefix("/") else { return "other" }
        return path
    }

    /// - Throws: 401 when the route was not guarded; a route that needs a caller always is.
    func requireCaller() throws(APIError) -> Caller {
        guard let caller else { throw .unauthorized("missing_token", "Send a token: Authorization: Bearer …") }
        return caller
    }

    /// The path's `{id}`. All of ours are UUIDs, so that anything else names nothing.
    /// - Throws: 404.
    func identifier(_ what: String) throws -> String {
        let text = try parameters.require("id").lowercased()
        guard UUIDBytes(text) != nil else { throw APIError.notFound(what) }
        return text
    }
}

/// Who makes a request, as a verified token or key says.
struct Caller: Sendable, Equatable {
    var id: String
    var role: UserRole
    /// The session, if the token came from a login.
    var session: String?
    /// Whether it came with an API key.
    var isKey = false
}

/// Names of headers that are ours.
enum HeaderNames {
    static let correlationID = name("X-Correlation-ID")
    static let webhookSignature = name("X-Webhook-Signature")
    static let referrerPolicy = name("Referrer-Policy")
    static let resourcePolicy = name("Cross-Origin-Resource-Policy")
    static let frameOptions = name("X-Frame-Options")
    static let controlToken = name("X-Control-Token")
    static let traceParent = name("traceparent")
    static let traceState = name("tracestate")
    static let pinRelease = name("X-Pin-Release")
    static let forwardedFor = name("X-Forwarded-For")
    static let forwardedProto = name("X-Forwarded-Proto")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no header's name") }
        return name
    }
}

extension Request {
    /// Only this machine can connect here; what a router passes on comes from outside.
    var isFromOutside: Bool { headers[HeaderNames.forwardedFor] != nil }
}

extension UserRole {
    /// For messages.
    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

extension String {
    /// Without control characters, which belong in no name, and of which PostgreSQL cannot store one.
    var withoutControls: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0.properties.generalCategory != .control }))
    }
}
