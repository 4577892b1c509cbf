/// Why a text is no certificate that could be used. No case carries a private key.
package enum CertificateError: Error, Sendable, Equatable {
    /// There is no `BEGIN CERTIFICATE` in it.
    case noCertificate
    case notPEM(reason: String)
    case unreadableCertificate(number: Int, reason: String)
    case unreadableKey(reason: String)
    /// Whoever loads it would have to ask somebody.
    case encryptedKey
    case twoKeys
}

extension CertificateError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noCertificate:
            "it holds no certificate: write the certificate, those that signed it, and its key, each in PEM"
        case .notPEM(let reason):
            "it is not PEM (\(reason)): write `-----BEGIN CERTIFICATE-----` blocks, each whole"
        case .unreadableCertificate(let number, let reason):
            "its certificate number \(number) cannot be read (\(reason)): take it anew from whoever issued it"
        case .unreadableKey(let reason):
            "its private key cannot be read (\(reason)): write an RSA, EC or Ed25519 key as PKCS #8, PKCS #1 or SEC 1"
        case .encryptedKey:
            "its private key is locked with a pass phrase: unlock it with `openssl pkey`, and keep the file private"
        case .twoKeys: "it holds more than one private key: leave the one that belongs to the first certificate"
        }
    }
}
