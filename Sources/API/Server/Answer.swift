import FoundationEssentials
import HTTPTypes
import Hummingbird

/// Makes answers and reads questions.
enum Answer {
    /// The largest JSON body that is read.
    static let maximumBody = 1 << 18

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
        struct Body: Encodable {
            var error: String
            var message: String
            var correlationId: String
            var field: String?
        }
        let content = Body(
            error: error.code, message: error.message, correlationId: correlationID, field: error.field)
        var response: Response
        do {
            response = try json(content, status: error.status)
        } catch { response = Response(status: .internalServerError) }
        if let seconds = error.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        if error.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        return response
    }

    /// Decodes a JSON body with snake_case keys.
    /// - Throws: `APIError` 413, 415 or 422, which names the field.
    static func decode<T: Decodable>(_ type: T.Type, from request: Request) async throws -> T {
        let kind = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
        guard kind == "application/json" else {
            throw APIError(
                .unsupportedMediaType, "unsupported_media_type", "Send JSON: Content-Type: application/json.")
        }
        let buffer = try await request.body.collect(upTo: maximumBody)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(buffer.readableBytesView))
        } catch let error as DecodingError { throw invalid(error) }
    }

    private static func invalid(_ error: DecodingError) -> APIError {
        switch error {
        case .keyNotFound(let key, _): .invalid(snake(key.stringValue), "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            .invalid(context.codingPath.last.map { snake($0.stringValue) } ?? "body", "is of the wrong type")
        case .dataCorrupted(let context):
            .invalid(context.codingPath.last.map { snake($0.stringValue) } ?? "body", "is not JSON that is understood")
        @unknown default: .invalid("body", "is not understood")
        }
    }

    private static func snake(_ key: String) -> String {
        key.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
    }
}

/// Times as the API writes them: RFC 3339, UTC, milliseconds.
enum Timestamp {
    static func text(microseconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(microseconds) / 1e6)
            .formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
