import Contract
import Crypto
import FoundationEssentials
import SwiftASN1
import X509

/// What a PEM text says of the certificate that it begins with, of those that follow, and of its key. Pure.
package struct CertificateFacts: Sendable, Equatable {
    /// The host names and addresses that it is for, in lower case, as the extension for them lists them; a name may begin
    /// with `*.`. The subject's common name counts for nothing, as it does for clients.
    package var names: [String]
    package var subject: String
    package var issuer: String
    /// Hexadecimal, lower case, two digits a byte, as `openssl x509 -serial` has it but for the case.
    package var serial: String
    /// SHA-1 over the certificate, lower-case hexadecimal: how HAProxy names what it serves.
    package var fingerprint: String
    /// Seconds since 1970.
    package var notBefore: Int64
    package var notAfter: Int64
    package var isSelfSigned: Bool
    /// Whether the private key in the text belongs to the first certificate; nil when there is no key.
    package var keyMatches: Bool?
    /// Of which certificate, counted from 1, the key is, if it is not the first's.
    package var keyIsOf: Int?
    /// The number, counted from 1, of the first certificate that the one before it was not signed by.
    package var brokenLink: Int?
    /// How many certificates the text has.
    package var count: Int
}

extension CertificateFacts {
    /// - Parameter pem: certificates, the one for the names first, and perhaps a private key; text between them is skipped.
    package init(pem: String) throws(CertificateError) {
        let parts = try PEMParts(pem)
        let (first, certificates) = (parts.certificates[0], parts.certificates)
        names = try Self.names(of: first)
        subject = first.subject.description
        issuer = first.issuer.description
        serial = Self.hexadecimal(first.serialNumber)
        fingerprint = Hexadecimal.text(Insecure.SHA1.hash(data: parts.encoded[0]))
        notBefore = Int64(first.notValidBefore.timeIntervalSince1970)
        notAfter = Int64(first.notValidAfter.timeIntervalSince1970)
        isSelfSigned =
            first.subject == first.issuer && first.publicKey.isValidSignature(first.signature, for: first)
        count = certificates.count
        let owner = parts.key.map { key in certificates.firstIndex { $0.publicKey == key.publicKey } }
        keyMatches = owner.map { $0 == 0 }
        keyIsOf = owner.flatMap { $0 == 0 ? nil : $0 }.map { $0 + 1 }
        brokenLink = zip(certificates, certificates.dropFirst()).enumerated().first { _, pair in
            pair.0.issuer != pair.1.subject || !pair.1.publicKey.isValidSignature(pair.0.signature, for: pair.0)
        }.map { $0.offset + 2 }
    }

    /// Whole days until it ends; negative when it has.
    package func daysLeft(at now: Int64) -> Int {
        Int((Double(notAfter - now) / 86_400).rounded(.down))
    }

    /// Whether a client that asks for the host accepts it: names equal, or one label in place of `*` (RFC 6125, 6.4.3).
    package func covers(_ host: String) -> Bool {
        let host = host.lowercased()
        return names.contains { name in
            if name == host { return true }
            guard name.hasPrefix("*."), let dot = host.firstIndex(of: "."), dot != host.startIndex else { return false }
            return host[dot...] == name.dropFirst()
        }
    }

    /// Why nobody should serve with it, in words that say what to do; nil when nothing stands against it.
    /// - Parameter now: seconds since 1970.
    package func obstacle(at now: Int64) -> String? {
        if let keyIsOf {
            return
                "its key belongs to certificate number \(keyIsOf): put that one first, and those that signed it after it"
        }
        guard let keyMatches else { return "it holds no private key: add the key's PEM block" }
        guard keyMatches else { return "its private key belongs to another certificate: put the right pair together" }
        if let brokenLink {
            return "certificate number \(brokenLink) did not sign the one before it: "
                + "order them from the server's own up to the authority's, or leave out what does not belong"
        }
        if notAfter <= now { return "it ended on \(Self.day(notAfter)): renew it" }
        if notBefore > now {
            return "it begins on \(Self.day(notBefore)) only: wait until then, or check this machine's clock"
        }
        if names.isEmpty {
            return
                "it names no host in its subject alternative names, so no client accepts it: have it issued with them"
        }
        return nil
    }

    /// The day of a moment, such as `2026-11-21`, in UTC.
    package static func day(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601.year().month().day())
    }

    private static func names(of certificate: Certificate) throws(CertificateError) -> [String] {
        let alternatives: SubjectAlternativeNames?
        do { alternatives = try certificate.extensions.subjectAlternativeNames } catch {
            throw .unreadableCertificate(number: 1, reason: "its subject alternative names are not whole")
        }
        return (alternatives ?? SubjectAlternativeNames()).compactMap { name in
            switch name {
            case .dnsName(let host): host.lowercased()
            case .ipAddress(let octets): address(Array(octets.bytes))
            default: nil
            }
        }
    }

    private static func address(_ bytes: [UInt8]) -> String? {
        switch bytes.count {
        case 4: bytes.map(String.init).joined(separator: ".")
        case 16:
            stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }
                .joined(separator: ":")
        default: nil
        }
    }

    private static func hexadecimal(_ serial: Certificate.SerialNumber) -> String {
        let bytes = serial.bytes.drop { $0 == 0 }
        return Hexadecimal.text(bytes.isEmpty ? [0] : Array(bytes))
    }
}
