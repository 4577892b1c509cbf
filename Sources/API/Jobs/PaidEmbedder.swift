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

    /// - Parameters:
    ///   - user: who asks; limits of one user count it, and reports name it.
    ///   - usesReserve: whether what budgets set aside for smoke tests may be used.
    /// - Throws: `APIError` 503 when a budget is reached; nothing is then asked of the provider.
    func embed(_ text: String, user: String, correlationID: String, usesReserve: Bool) async throws -> Embeddings {
        let request = HoldRequest(
            key: "search:\(RandomBytes.uuid())", sku: EmbeddingRules.model,
            quantity: Int64(EmbeddingRules.mostTokens([text])), reference: correlationID,
            usesReserve: usesReserve,
            context: HoldContext(service: "api", release: release, user: user, correlationID: correlationID))
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
            // What may be billed, and nobody knows, is left to lapse: then it is reported as unknown.
            if error.isBilled {
                try await ledger.post(request.key, .units(request.quantity))
            } else if !error.mayBeBilled {
                try await ledger.release(request.key)
            }
            throw error
        }
    }
}
