/// How a document's chunks are shared out among embedding requests.
package enum ChunkBatches {
    /// Batches in order, each small enough for one request, so that what a request cost is known by itself and its
    /// vectors are stored before the next one is paid for.
    package static func split(_ chunks: [StoredChunk]) -> [[StoredChunk]] {
        var batches: [[StoredChunk]] = []
        var batch: [StoredChunk] = []
        var tokens = 0
        for chunk in chunks {
            let more = EmbeddingRules.estimatedTokens(chunk.text)
            let isFull =
                batch.count == EmbeddingRules.maximumInputs || tokens + more > EmbeddingRules.maximumTokens
            if isFull, !batch.isEmpty {
                batches.append(batch)
                batch = []
                tokens = 0
            }
            batch.append(chunk)
            tokens += more
        }
        return batch.isEmpty ? batches : batches + [batch]
    }
}
