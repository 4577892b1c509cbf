/// One vector per input, in the inputs' order.
package struct Embeddings: Sendable, Equatable {
    package var vectors: [[Float]]
    /// As the provider counted them: what it bills.
    package var totalTokens: Int
    package var requestID: String
    /// The model that made the vectors, which the provider reports.
    package var model: String

    package init(vectors: [[Float]], totalTokens: Int, requestID: String, model: String) {
        self.vectors = vectors
        self.totalTokens = totalTokens
        self.requestID = requestID
        self.model = model
    }
}

/// Turns texts into vectors: OpenAI, or its simulator.
package protocol Embedder: Sendable {
    /// Embeds any number of texts; batches and parallel requests are its own business.
    ///
    /// Every vector has `EmbeddingRules.dimensions` values and is neither zero nor nearly so; anything else is
    /// `.unusable`, so that made-up output is never stored as real.
    func embed(_ texts: [String], correlationID: String) async throws(ProviderError) -> Embeddings
}

/// What every embedding must be.
package enum EmbeddingRules {
    package static let model = "text-embedding-3-small"
    package static let dimensions = 1536
    package static let maximumInputs = 256
    package static let maximumTokens = 8000
    package static let parallelRequests = 3
    /// A vector with a larger share of zeros is refused.
    package static let maximumZeroShare = 0.95

    /// What a text will cost at most, roughly: three bytes of UTF-8 make a token. Overestimates English.
    package static func estimatedTokens(_ text: String) -> Int { text.utf8.count / 3 + 1 }

    /// What texts can cost at most: a token has a byte at least, and each text may have one that no byte stands for. Money is set
    /// aside by it, and what a shared request cost is shared by it, so that nobody's part is more than was set aside.
    package static func mostTokens(_ texts: [String]) -> Int { texts.reduce(0) { $0 + $1.utf8.count + 1 } }
}
