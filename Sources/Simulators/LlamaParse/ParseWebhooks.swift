import Crypto
import Foundation
import HTTPClient
import Logging

/// Tells whoever sent a document that its parsing has ended, as LlamaCloud does: signed, and again until it is heard.
struct ParseWebhooks: Sendable {
    /// One of the upload's `webhook_configurations`.
    struct Target: Codable, Sendable {
        var webhook_url: String
        var webhook_events: [String]?
        var webhook_signing_secret: String?
    }

    static let signatureHeader = "X-Webhook-Signature"
    static let attempts = 6
    static let firstPause = Duration.milliseconds(200)

    let board: FaultBoard
    let http: HTTPClient
    let logger: Logger

    /// - Parameter status: in LlamaParse's words.
    func tell(_ target: Target, job: String, status: String) async {
        let event = "parse.\(status.lowercased())"
        guard target.webhook_events?.contains(event) ?? true else { return }
        let faults = board.faults(of: .llamaparse)
        guard !faults.webhook_lost else { return }
        let body = Array(#"{"event_id":"\#(job)","event_type":"\#(event)","data":{"job_id":"\#(job)"}}"#.utf8)
        let key = faults.webhook_forged ? "a key that is not the job's" : target.webhook_signing_secret
        let request = HTTPRequest(
            "POST", target.webhook_url, headers: headers(body, key: key), body: .bytes(body))
        do {
            if faults.webhook_delay_ms > 0 { try await Task.sleep(for: .milliseconds(faults.webhook_delay_ms)) }
            for _ in 0...max(0, faults.webhook_repeats) { try await send(request) }
        } catch { logger.warning("A webhook was not heard.", metadata: ["job": "\(job)", "reason": "\(error)"]) }
    }

    private func headers(_ body: [UInt8], key: String?) -> [(name: String, value: String)] {
        let type = (name: "Content-Type", value: "application/json")
        guard let key else { return [type] }
        let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: Array(key.utf8)))
        return [
            type, (name: Self.signatureHeader, value: "sha256=" + code.map { String(format: "%02x", $0) }.joined()),
        ]
    }

    /// Until it is answered with 2xx, or refused for good.
    private func send(_ request: HTTPRequest) async throws {
        var pause = Self.firstPause
        for attempt in 1...Self.attempts {
            do throws(HTTPError) {
                let status = try await http.send(request).status
                if (200...299).contains(status) { return }
                logger.info("A webhook was answered with \(status).")
                guard status >= 500 || status == 429 else { return }
            } catch { if attempt == Self.attempts { throw error } }
            try await Task.sleep(for: pause)
            pause = pause * 2
        }
    }
}
