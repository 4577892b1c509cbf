import Foundation
import HTTPClient

/// Objects in a bucket of Supabase Storage, over its HTTP API. What goes there and what comes from there passes through a
/// folder of this machine, a piece at a time, so that no document sits in memory and none is stored half.
package struct SupabaseStorage: ObjectStorage {
    /// The project's bucket; it has to exist, and to be private.
    package static let bucket = "documents"
    static let timeLimit = Duration.seconds(120)

    private let endpoint: ProviderEndpoint
    private let http: any HTTPSending
    private let spool: DiskStorage

    /// - Parameters:
    ///   - endpoint: the project's address, and its service key.
    ///   - folder: for what is on its way; made if need be.
    package init(endpoint: ProviderEndpoint, http: any HTTPSending, folder: String) throws(ObjectStorageError) {
        self.endpoint = endpoint
        self.http = http
        spool = try DiskStorage(folder: folder)
    }

    package func put<Bytes: AsyncSequence & Sendable>(
        key: String, from bytes: Bytes, limit: Int, accept: @Sendable (StoredObject) throws -> Void
    ) async throws -> StoredObject where Bytes.Element == [UInt8] {
        try DiskStorage.check(key)
        let temporary = Self.temporaryKey()
        let stored = try await spool.put(key: temporary, from: bytes, limit: limit, accept: accept)
        return try await send(stored, temporary, as: key)
    }

    package func put(key: String, file: String) async throws -> StoredObject {
        try DiskStorage.check(key)
        let temporary = Self.temporaryKey()
        return try await send(try await spool.put(key: temporary, file: file), temporary, as: key)
    }

    /// The file is a copy; that of a process which was killed is swept away after a while.
    package func path(of key: String) async throws(ObjectStorageError) -> String {
        try DiskStorage.check(key)
        let answer = try await stream(HTTPRequest("GET", address(key), headers: headers, timeout: Self.timeLimit))
        guard answer.status == 200 else {
            throw failure(answer.status, try await Self.text(answer.body, key), key)
        }
        let temporary = Self.temporaryKey()
        do {
            _ = try await spool.put(key: temporary, from: answer.body, limit: .max) { _ in }
        } catch let error as ObjectStorageError { throw error } catch {
            throw .other(key, reason: "Supabase broke off: \(error)")
        }
        return try await spool.path(of: temporary)
    }

    /// A copy that cannot be removed now is swept away.
    package func release(_ path: String) { unlink(path) }

    package func delete(key: String) async throws(ObjectStorageError) {
        try DiskStorage.check(key)
        let answer = try await request(HTTPRequest("DELETE", address(key), headers: headers, timeout: Self.timeLimit))
        guard answer.status != 200 else { return }
        let error = failure(answer.status, answer.text, key)
        if case .notFound = error { return }
        throw error
    }

    package func sweep(before limit: Int64) async throws(ObjectStorageError) -> Int {
        try await spool.sweep(before: limit, all: true)
    }

    // MARK: The wire

    private static func temporaryKey() -> String { UUID().uuidString.lowercased() }

    private func address(_ key: String) -> String { "\(endpoint.url)/storage/v1/object/\(Self.bucket)/\(key)" }

    private var headers: [(name: String, value: String)] {
        [
            (name: "Authorization", value: "Bearer \(endpoint.key.reveal())"),
            (name: "apikey", value: endpoint.key.reveal()),
        ]
    }

    private func send(_ stored: StoredObject, _ temporary: String, as key: String) async throws -> StoredObject {
        let outcome: Result<HTTPResponse, ObjectStorageError>
        do throws(ObjectStorageError) {
            let file = try await spool.path(of: temporary)
            let more = [(name: "Content-Type", value: "application/pdf"), (name: "x-upsert", value: "true")]
            let upload = HTTPRequest(
                "POST", address(key), headers: headers + more, body: .file(path: file), timeout: Self.timeLimit)
            outcome = .success(try await request(upload))
        } catch { outcome = .failure(error) }
        try await spool.delete(key: temporary)
        let answer = try outcome.get()
        guard answer.status == 200 else { throw failure(answer.status, answer.text, key) }
        return stored
    }

    private func request(_ request: HTTPRequest) async throws(ObjectStorageError) -> HTTPResponse {
        do throws(HTTPError) { return try await http.send(request) } catch { throw Self.unreachable(error) }
    }

    private func stream(_ request: HTTPRequest) async throws(ObjectStorageError) -> HTTPStreamedResponse {
        do throws(HTTPError) { return try await http.stream(request) } catch { throw Self.unreachable(error) }
    }

    private static func unreachable(_ error: HTTPError) -> ObjectStorageError {
        .unreachable("Supabase Storage", reason: "\(error)")
    }

    private static func text(
        _ body: AsyncThrowingStream<[UInt8], any Error>, _ key: String
    ) async throws(ObjectStorageError) -> String {
        var bytes: [UInt8] = []
        do {
            for try await piece in body where bytes.count < 4096 { bytes += piece }
        } catch { throw .other(key, reason: "Supabase broke off: \(error)") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Supabase tells of an absent object with 404, or with 400 and the 404 in its body.
    private func failure(_ status: Int, _ text: String, _ key: String) -> ObjectStorageError {
        struct Refusal: Decodable { var statusCode: String? }
        let code: String?
        do {
            code = try JSONDecoder().decode(Refusal.self, from: Data(text.utf8)).statusCode
        } catch {
            // Not JSON: the status has to do.
            code = nil
        }
        switch (status, code) {
        case (404, _), (400, "404"): return .notFound(key)
        case (401, _), (403, _), (400, "403"): return .readOnly("bucket \(Self.bucket) of Supabase (\(status))")
        case (413, _), (400, "413"): return .other(key, reason: "Supabase refuses it as too large for the bucket")
        case (507, _): return .full("bucket \(Self.bucket) of Supabase")
        case (500..., _):
            return .unreachable("Supabase Storage", reason: "it answers with \(status): \(text.prefix(200))")
        default: return .other(key, reason: "Supabase answers with \(status): \(text.prefix(200))")
        }
    }
}
