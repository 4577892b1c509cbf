import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// How long a caller may take to send a body.
package struct BodyPace: Sendable {
    /// All of a JSON body.
    package var json: Duration
    /// All of a document.
    package var document: Duration
    /// Between two pieces of a document.
    package var stall: Duration

    package init(json: Duration, document: Duration, stall: Duration) {
        self.json = json
        self.document = document
        self.stall = stall
    }

    package static let usual = BodyPace(json: .seconds(10), document: .seconds(300), stall: .seconds(15))
}

/// Reads bodies within limits of size and time.
enum BodyReader {
    /// Decodes a JSON body with snake_case keys.
    /// - Throws: `APIError` 408, 413, 415, or 422, which names the field.
    static func decode<T: Decodable & Sendable>(
        _ type: T.Type, from request: Request, context: APIContext
    ) async throws -> T {
        let kind = request.headers[.contentType]?.split(separator: ";").first.map { $0.lowercased() }
        guard kind == "application/json" else {
            throw APIError(
                .unsupportedMediaType, "unsupported_media_type", "Send JSON: Content-Type: application/json.")
        }
        return try decode(type, from: try await bytes(request, limit: Endpoint.Content.smallBody, context: context))
    }

    static func decode<T: Decodable>(_ type: T.Type, from bytes: ByteBuffer) throws(APIError) -> T {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(bytes.readableBytesView))
        } catch let error as DecodingError { throw invalid(error) } catch {
            throw .invalid("body", "is not JSON that is understood")
        }
    }

    /// All of a body.
    static func bytes(_ request: Request, limit: Int, context: APIContext) async throws -> ByteBuffer {
        try await within(context.pace.json) { try await request.body.collect(upTo: limit) }
    }

    /// Runs what consumes `pieces`, a document as it arrives, and ends it when the document does not get on.
    static func streaming<T: Sendable>(
        _ request: Request, context: APIContext,
        _ consume: @Sendable @escaping (AsyncMapSequence<RequestBody, [UInt8]>) async throws -> T
    ) async throws -> T {
        let seen = LastSeen()
        let pieces = request.body.map { buffer in
            seen.touch()
            return Array(buffer.readableBytesView)
        }
        let pace = context.pace
        let end = ContinuousClock.now + pace.document
        return try await race({ try await consume(pieces) }) {
            while true {
                let deadline = min(end, seen.time + pace.stall)
                guard deadline > .now else { return }
                try await Task.sleep(until: deadline)
            }
        }
    }

    private static func within<T: Sendable>(
        _ limit: Duration, _ body: @Sendable @escaping () async throws -> T
    ) async throws -> T {
        try await race(body) { try await Task.sleep(for: limit) }
    }

    /// - Throws: `APIError` 408 when `limit` returns first.
    private static func race<T: Sendable>(
        _ body: @Sendable @escaping () async throws -> T, limit: @Sendable @escaping () async throws -> Void
    ) async throws -> T {
        try await withThrowingTaskGroup(of: T?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                try await limit()
                return nil
            }
            guard let value = try await group.next() ?? nil else { throw APIError.slow }
            return value
        }
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

    static func snake(_ key: String) -> String {
        key.map { $0.isUppercase ? "_\($0.lowercased())" : String($0) }.joined()
    }
}

/// When the last piece of a body arrived.
private final class LastSeen: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    var time: ContinuousClock.Instant { instant.withLock { $0 } }
    func touch() { instant.withLock { $0 = .now } }
}
