/// What was stored.
package struct StoredObject: Sendable, Equatable {
    package var bytes: Int
    /// Lower-case hex.
    package var sha256: String

    package init(bytes: Int, sha256: String) {
        self.bytes = bytes
        self.sha256 = sha256
    }
}

package enum ObjectStorageError: Error, Sendable, Equatable {
    case invalidKey(String)
    case notFound(String)
    /// More than the limit arrived.
    case tooLarge(key: String, limit: Int)
    case full(String)
    case readOnly(String)
    /// Where files are kept does not answer, or cannot at the moment.
    case unreachable(String, reason: String)
    case other(String, reason: String)
}

extension ObjectStorageError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidKey(let key): "\(key) is not a name for a stored file."
        case .notFound(let key): "There is no stored file \(key)."
        case .tooLarge(let key, let limit): "\(key) is larger than \(limit) bytes."
        case .full(let path): "No space is left for \(path); free some, then try again."
        case .readOnly(let path): "\(path) cannot be written to; check its permissions and mount."
        case .unreachable(let place, let reason): "\(place) cannot be reached: \(reason)."
        case .other(let path, let reason): "\(path): \(reason)."
        }
    }
}

/// Where documents' bytes live. A key looks like `user/document.pdf`: segments of letters, digits, `.`, `_` and `-`.
package protocol ObjectStorage: Sendable {
    /// Stores what arrives, whole or not at all; an object of that key is replaced.
    /// - Parameters:
    ///   - limit: more bytes are refused.
    ///   - accept: sees what arrived before it is kept; when it throws, nothing is stored or replaced.
    /// - Throws: `ObjectStorageError`, or what the stream or `accept` throws.
    @discardableResult
    func put<Bytes: AsyncSequence & Sendable>(
        key: String, from bytes: Bytes, limit: Int, accept: @Sendable (StoredObject) throws -> Void
    ) async throws -> StoredObject where Bytes.Element == [UInt8]

    /// Stores a copy of a file.
    @discardableResult
    func put(key: String, file: String) async throws -> StoredObject

    /// A file on this machine with the object's bytes, to be read only, and released afterwards.
    func path(of key: String) async throws(ObjectStorageError) -> String

    /// The file of `path(of:)` is not needed any more. If it was a copy, it goes.
    func release(_ path: String)

    /// Removes it; that there is none is no error.
    func delete(key: String) async throws(ObjectStorageError)

    /// Removes what was half written before `limit` (microseconds since 1970), by processes that were killed.
    /// - Returns: how many files went.
    func sweep(before limit: Int64) async throws(ObjectStorageError) -> Int
}
