import Foundation
import Hummingbird
import Synchronization

/// Stands in for the receiver of alerts: keeps what webhooks send, the newest last, for people and tests to look at.
final class AlertInbox: Sendable {
    /// So many notifications are kept; the oldest go first.
    static let capacity = 200
    /// Bytes of one notification.
    static let largest = 1 << 18

    private let kept = Mutex<[String]>([])

    /// - Throws: what `JSONSerialization` says when the bytes are no JSON.
    func take(_ bytes: Data) throws {
        let value = try JSONSerialization.jsonObject(with: bytes)
        let line = try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes])
        kept.withLock { kept in
            kept.append(String(decoding: line, as: UTF8.self))
            if kept.count > Self.capacity { kept.removeFirst(kept.count - Self.capacity) }
        }
    }

    /// A JSON list of the bodies as they came.
    var json: String { kept.withLock { "[\($0.joined(separator: ","))]" } }

    func add(to router: Router<BasicRequestContext>) {
        router.get("/_alerts") { _, _ in JSONAnswer.make(self.json) }
        router.post("/_alerts") { request, _ in
            let body = Data(buffer: try await request.body.collect(upTo: Self.largest))
            do {
                try self.take(body)
                return JSONAnswer.make(#"{"status":"kept"}"#)
            } catch {
                return JSONAnswer.error(.badRequest, "A notification is JSON.")
            }
        }
    }
}
