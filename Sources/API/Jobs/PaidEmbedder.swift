import Documents
import HTTPTypes
import Ledger
import Storage

/// Books what a question's embedding costs: a hold before the call, the posting after it.
struct PaidEmbedder: Sendable {
    /// How long a question waits for its turn at the provider.
    static let patience = Duration.seconds(2)

    private let embedder: any Embedder
    private let ledger: LedgerDesk
    private let release: String?

    init(
        embedder: any Embedder, database: any Database, release: String? = nil, clock: @escaping MicrosecondClock
    ) {
        (self.embedder, self.release) = (embedder, release)
        ledger = LedgerDesk(database: database, now: clock)
    }

    /// - Parameter user: who asks; limits of one user count it, and reports name it.
    /// - Throws: `APIError` 503 when a budget is reached; nothing is then asked of the provider.
    func embed(_ text: String, user: String, correlationID: String) async throws -> Embeddings {
        // A token has a byte at least, so the call never costs more than this.
        let request = HoldRequest(
            key: "search:\(RandomBytes.uuid())", sku: EmbeddingRules.model,
            quantity: Int64(max(1, text.utf8.count)), reference: correlationID,
            context: HoldContext(service: "api", release: release, user: user))
        if case .refused = try await ledger.hold(request) {
            throw APIError(
                .serviceUnavailable, "budget_reached", "Search waits until there is budget again.",
                retryAfterSeconds: 600)
        }
        do {
            let answer = try await embedder.embed([text], correlationID: correlationID)
            try await ledger.post(request.key, .units(Int64(answer.totalTokens)))
            return answer
        } catch let error as ProviderError {
            try await ledger.release(request.key)
            throw error
        }
    }
}
