import Contract
import Crypto
import Documents

/// Addresses that allow one upload for a short time, without a token.
struct SignedUploadURL: Sendable {
    static let path = "/api/v2/uploads"
    private let keys: [SymmetricKey]

    /// Derives keys of its own from the signing keys, so that no signature means two things.
    init(keys: SigningKeys) {
        self.keys = keys.keys.map { key in
            HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: Array(key.secret.reveal().utf8)),
                info: Array("signed-upload-url-1".utf8), outputByteCount: 32)
        }
    }

    /// Path and query.
    /// - Parameter expires: seconds since 1970.
    func make(job: String, expires: Int64) -> String? {
        keys.first.map { key in
            let code = HMAC<SHA256>.authenticationCode(for: Self.message(job, expires), using: key)
            return "\(Self.path)/\(job)?expires=\(expires)&signature=\(Hexadecimal.text(code))"
        }
    }

    /// Whether the signature is one of ours, and its time not over.
    func allows(job: String, expires: Int64, signature: String, now: Int64) -> Bool {
        guard expires > now / 1_000_000, let code = Hexadecimal.bytes(signature) else { return false }
        return keys.contains { key in
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.message(job, expires), using: key)
        }
    }

    private static func message(_ job: String, _ expires: Int64) -> [UInt8] { Array("PUT\n\(job)\n\(expires)".utf8) }
}
