import HTTPTypes

/// An answer that is no success: a code for programs, a sentence for people.
struct APIError: Error, Sendable, Equatable {
    var status: HTTPResponse.Status
    var code: String
    var message: String
    /// The field of the body that is wrong.
    var field: String?
    var retryAfterSeconds: Int?
    /// The methods that the path takes.
    var allow: String?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, field: String? = nil,
        retryAfterSeconds: Int? = nil, allow: String? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retryAfterSeconds = retryAfterSeconds
        self.allow = allow
    }

    /// Whether the rest of the body is not wanted, so that the connection ends with the answer.
    var endsConnection: Bool { status == .contentTooLarge || status == .requestTimeout }

    static func unauthorized(_ code: String, _ message: String) -> APIError { .init(.unauthorized, code, message) }

    static func notFound(_ what: String) -> APIError { .init(.notFound, "not_found", "There is no such \(what).") }

    static func invalid(_ field: String, _ reason: String) -> APIError {
        .init(.unprocessableContent, "invalid_field", "\(field) \(reason).", field: field)
    }

    static func tooMany(_ message: String, retryAfter: Int) -> APIError {
        .init(.tooManyRequests, "limit_reached", message, retryAfterSeconds: max(1, retryAfter))
    }

    static func tooLarge(_ message: String) -> APIError { .init(.contentTooLarge, "too_large", message) }

    static let slow = APIError(.requestTimeout, "too_slow", "The body did not arrive in time; send it again.")

    static let disabled = APIError.unauthorized("account_disabled", "This account is disabled; tell the operators.")
}

/// What every refusal says.
struct ErrorAnswer: Described {
    /// For programs.
    var error: String
    /// For people.
    var message: String
    var correlationId: String
    var field: String?

    static let example = ErrorAnswer(error: "a", message: "b", correlationId: "c", field: "d")
    static let rules: [String: FieldRule] = [
        "error": .text("A code for programs"), "message": .text("A sentence for people"),
        "correlationId": .text("Finds the request in the log"), "field": .text("The field that is wrong"),
    ]
}

extension HTTPResponse.Status {
    /// RFC 4918, section 11.5.
    static let insufficientStorage = HTTPResponse.Status(code: 507, reasonPhrase: "Insufficient Storage")
}
