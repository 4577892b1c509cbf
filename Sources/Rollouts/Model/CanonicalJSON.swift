import Contract
import Crypto
import FoundationEssentials

/// JSON with sorted keys: what is digested and stored.
package enum CanonicalJSON {
    package static func encode(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    package static func decode<T: Decodable>(_ type: T.Type, _ text: String) throws -> T {
        try JSONDecoder().decode(type, from: Data(text.utf8))
    }
}

extension Digest {
    /// The SHA-256 of the bytes.
    package init(of bytes: some DataProtocol) {
        var hash = SHA256()
        hash.update(data: bytes)
        self.init(hash.finalize())
    }

    init(_ digest: SHA256.Digest) {
        self.init(unchecked: "sha256:" + Hexadecimal.text(digest))
    }
}
