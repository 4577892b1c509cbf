import Crypto
import FoundationEssentials

/// How outgoing webhooks are signed: by the Standard Webhooks specification, version 1, whose libraries verify it. The
/// signature covers the message's id, when it was sent, and its body, so that neither an altered nor an old one passes.
package enum WebhookSignature {
    package static let idHeader = "webhook-id"
    package static let timestampHeader = "webhook-timestamp"
    package static let signatureHeader = "webhook-signature"

    /// The headers of one message.
    /// - Parameters:
    ///   - timestamp: seconds since 1970.
    ///   - keys: all of them sign, so that a receiver that knows one of them is content while keys are changed.
    package static func headers(
        id: String, timestamp: Int64, body: [UInt8], keys: SigningKeys
    ) -> [(name: String, value: String)] {
        let signatures = keys.keys.map { "v1,\(signature(id, timestamp, body, $0.secret))" }
        return [
            (name: idHeader, value: id), (name: timestampHeader, value: "\(timestamp)"),
            (name: signatureHeader, value: signatures.joined(separator: " ")),
        ]
    }

    private static func signature(_ id: String, _ timestamp: Int64, _ body: [UInt8], _ secret: Credential) -> String {
        let key = SymmetricKey(data: Array(secret.reveal().utf8))
        let message = Array("\(id).\(timestamp).".utf8) + body
        return Data(HMAC<SHA256>.authenticationCode(for: message, using: key)).base64EncodedString()
    }
}
