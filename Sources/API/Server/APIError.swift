import HTTPTypes

/// An answer that is no success: a code for programs, a sentence for people.
struct APIError: Error, Sendable, Equatable {
    var status: HTTPResponse.Status
    var code: String
    var message: String
    /// The field of the body that is wrong.
    var field: String?
    var retryAfterSeconds: Int?

    init(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, field: String? = nil,
        retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retryAfterSeconds = retryAfterSeconds
    }

    static func unauthorized(_ code: String, _ message: String) -> APIError { .init(.unauthorized, code, message) }

    static func notFound(_ what: String) -> APIError { .init(.notFound, "not_found", "There is no such \(what).") }

    static func invalid(_ field: String, _ reason: String) -> APIError {
        .init(.unprocessableContent, "invalid_field", "\(field) \(reason).", field: field)
    }

    static func tooMany(_ message: String, retryAfter: Int) -> APIError {
        .init(.tooManyRequests, "limit_reached", message, retryAfterSeconds: max(1, retryAfter))
    }
}
