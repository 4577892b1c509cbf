import FoundationEssentials
import HTTPTypes
import Hummingbird

/// Makes answers.
enum Answer {
    /// JSON with snake_case keys.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return body(Array(try encoder.encode(value)), type: "application/json", status: status)
    }

    static func body(_ bytes: [UInt8], type: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    static func error(_ error: APIError, correlationID: String) -> Response {
        let content = ErrorAnswer(
            error: error.code, message: error.message, correlationId: correlationID, field: error.field)
        var response: Response
        do {
            response = try json(content, status: error.status)
        } catch { response = Response(status: .internalServerError) }
        if let seconds = error.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        if error.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        if let allow = error.allow { response.headers[.allow] = allow }
        if error.endsConnection { response.headers[.connection] = "close" }
        return response
    }
}

/// Times as the API writes them: RFC 3339, UTC, milliseconds.
enum Timestamp {
    static func text(microseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(microseconds) / 1e6)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
