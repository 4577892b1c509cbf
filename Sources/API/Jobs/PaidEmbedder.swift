import Documents
import HTTPTypes
import Ledger
import Storage

/// Books what a question's embedding costs: a hold before the call, the posting after it.
struct PaidEmbedder: Sendable {
    /// How long a question waits for its turn at the provider.
    static let patience = Duration.seconds(2)

    let embedder: any Embedder
    let database: any Database
    let clock: MicrosecondClock

    /// - Throws: `APIError` 503 when a budget is reached; nothing is then asked of the provider.
    func embed(_ text: String, correlationID: String) async throws -> Embeddings {
        // A token has a byte at least, so the call never costs more than this.
        let request = HoldRequest(
            key: "search:\(RandomBytes.uuid())", sku: EmbeddingRules.model,
            quantity: Int64(max(1, text.utf8.count)), reference: correlationID)
        let now = clock()
        let decision = try await database.write { connection in try Ledger.hold(request, on: connection, at: now) }
        if case .refused = decision {
            throw APIError(
                .serviceUnavailable, "budget_reached", "Search waits until there is budget again.",
                retryAfterSeconds: 600)
        }
        do {
            let answer = try await embedder.embed([text], correlationID: correlationID)
            let end = clock()
            _ = try await database.write { connection in
                try Ledger.post(request.key, .units(Int64(answer.totalTokens)), on: connection, at: end)
            }
            return answer
        } catch let error as ProviderError {
            let end = clock()
            try await database.write { connection in try Ledger.release(request.key, on: connection, at: end) }
            throw error
        }
    }
}
