import SwiftASN1
import X509

/// The blocks of a PEM text that matter to a server.
struct PEMParts {
    var certificates: [Certificate] = []
    var encoded: [[UInt8]] = []
    var key: Certificate.PrivateKey?
    /// The certificates and the key, each block as it stood but for its line breaks.
    private(set) var chainText = ""
    private(set) var keyText: String?

    init(_ text: String) throws(CertificateError) {
        guard !text.contains("ENCRYPTED") else { throw .encryptedKey }
        for document in try Self.documents(text) {
            switch document.discriminator {
            case "CERTIFICATE": try add(document)
            case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY":
                guard key == nil else { throw .twoKeys }
                do { key = try Certificate.PrivateKey(pemDocument: document) } catch {
                    throw .unreadableKey(reason: Self.kind(error))
                }
                keyText = "\(document.pemString)\n"
            default: break  // Parameters for key exchange and the like.
            }
        }
        guard !certificates.isEmpty else { throw .noCertificate }
    }

    private mutating func add(_ document: PEMDocument) throws(CertificateError) {
        do {
            certificates.append(try Certificate(pemDocument: document))
            encoded.append(document.derBytes)
            chainText += "\(document.pemString)\n"
        } catch {
            throw .unreadableCertificate(number: certificates.count + 1, reason: Self.kind(error))
        }
    }

    private static func documents(_ text: String) throws(CertificateError) -> [PEMDocument] {
        guard text.contains("-----BEGIN ") else { throw .noCertificate }
        do { return try PEMDocument.parseMultiple(pemString: text) } catch { throw .notPEM(reason: kind(error)) }
    }

    /// What kind of error it is: its whole text could quote what it read, and that may be a key.
    private static func kind(_ error: any Error) -> String {
        switch error {
        case let error as ASN1Error where error.code == .invalidPEMDocument: "a block is not whole"
        case is ASN1Error: "its structure is not that of one"
        default: "of a kind that is not known here"
        }
    }
}
