import Contract
import Crypto
import Documents
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Storage

/// What LlamaParse tells about a document that it parses. Each delivery is signed with the secret of the job: the
/// header `X-Webhook-Signature` holds `sha256=` and the HMAC-SHA256 of the raw body, in hex.
struct WebhookRoutes: Sendable {
    static let path = "/api/v2/webhooks/llamaparse"
    static let mime = "application/json"
    /// LlamaParse may send the text along, which is fetched from its own address and not taken from here.
    static let maximumBody = 1 << 20

    let database: any Database
    let clock: MicrosecondClock

    var endpoints: [Endpoint] {
        [
            Endpoint(
                method: .post, path: "\(Self.path)/{id}", summary: "Hear that a document is parsed",
                access: .signedBody,
                parameters: [
                    .init(
                        name: "X-Webhook-Signature", place: .header, isRequired: true,
                        rule: .text("sha256= and the HMAC-SHA256 of the body with the job's secret, in hex"))
                ],
                takes: .bytes(type: Self.mime, limit: Self.maximumBody),
                gives: [.init(status: .ok, content: .json(WebhookReceipt.self))],
                refuses: [
                    .init(.unauthorized, "The signature is missing or wrong, or there is no such job."),
                    .init(.badRequest, "The status is unknown."),
                ]
            ) { request, context in try Answer.json(try await receive(request, context)) }
        ]
    }

    private func receive(_ request: Request, _ context: APIContext) async throws -> WebhookReceipt {
        let body = try await BodyReader.bytes(request, limit: Self.maximumBody, context: context)
        let id = try context.parameters.require("id").lowercased()
        try await verify(Array(body.readableBytesView), request.headers[HeaderNames.webhookSignature], job: id)
        let event = try BodyReader.decode(WebhookEvent.self, from: body)
        let word = event.eventType ?? event.status
        guard let notice = word.flatMap({ ParseNotice($0) }) else {
            throw APIError(
                .badRequest, "unknown_status",
                "event_type or status must be one of \(ParseNotice.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        let digest = Hexadecimal.text(SHA256.hash(data: Array(body.readableBytesView)))
        let now = clock()
        let isNew = try await database.write { connection in
            try WebhookDeliveries.receive(notice, job: id, digest: digest, now: now, on: connection)
        }
        context.logger.info(
            "A webhook arrived.", metadata: ["job": "\(id)", "notice": "\(notice.rawValue)", "replay": "\(!isNew)"])
        return WebhookReceipt(status: isNew ? "recorded" : "replayed")
    }

    /// An unknown job is refused like a wrong signature: nobody finds out which jobs there are.
    private func verify(_ body: [UInt8], _ header: String?, job id: String) async throws {
        let refusal = APIError.unauthorized("signature_refused", "The signature is missing or wrong.")
        guard let header, UUIDBytes(id) != nil else { throw refusal }
        let text = header.hasPrefix("sha256=") ? String(header.dropFirst(7)) : header
        guard let code = Hexadecimal.bytes(text),
            let job = try await database.read({ try JobList.job(id, on: $0) }),
            HMAC<SHA256>.isValidAuthenticationCode(
                code, authenticating: body, using: SymmetricKey(data: Array(job.webhookSecret.utf8)))
        else { throw refusal }
    }
}

/// LlamaCloud's event (`event_type`), or a job's status as its API tells it (`status`).
private struct WebhookEvent: Decodable {
    var eventType: String?
    var status: String?
}

struct WebhookReceipt: Described {
    var status: String
    static let example = WebhookReceipt(status: "recorded")
    static let rules: [String: FieldRule] = ["status": .values(["recorded", "replayed"])]
}
