import Contract
import FoundationEssentials
import HTTPTypes
import Hummingbird

/// An answer that writes itself, the same as it would be encoded: one that is asked for often and long.
protocol WrittenAnswer: Encodable {
    func write(to json: inout JSONWriter)
}

/// Makes answers.
enum Answer {
    /// JSON with snake_case keys.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        if let written = value as? any WrittenAnswer {
            var json = JSONWriter(capacity: 8_192)
            written.write(to: &json)
            return body(json.bytes, type: "application/json", status: status)
        }
        return body(Array(try encoded(value)), type: "application/json", status: status)
    }

    static func encoded(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.withoutEscapingSlashes]
        return try encoder.encode(value)
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
