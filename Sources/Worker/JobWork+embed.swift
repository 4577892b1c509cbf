import Documents
import Storage

extension JobWork {
    /// chunks_stored → embedding_in_progress → embeddings_stored → complete. Each request's vectors are stored with
    /// the posting that pays for them, so an interrupted embedding goes on where it stopped.
    mutating func embed() async throws {
        try await beginEmbedding()
        let left = try await unembedded()
        for batch in ChunkBatches.split(left) { try await embed(batch) }
        let done = JobEvent(.stageDone, code: JobStage.embed.rawValue, detail: "\(left.count) chunks")
        try await environment.completions.complete(JobCompletion(lease: lease, events: [done]))
        job.status = .complete
        job.state = .done
    }

    /// What is left to do; nothing, once all is stored.
    private func unembedded() async throws -> [StoredChunk] {
        guard job.status != .embeddingsStored else { return [] }
        let document = job.documentID
        return try await environment.database.read { connection in
            try DocumentContents.unembedded(of: document, on: connection)
        }
    }

    private mutating func beginEmbedding() async throws {
        let (lease, job) = (lease, job)
        guard job.status == .chunksStored || job.status == .embeddingQueued else { return }
        self.job = try await commit { connection, now in
            let started = JobEvent(.stageStarted, code: JobStage.embed.rawValue)
            return try JobCommits.advance(
                lease, to: .embeddingInProgress, events: [started], now: now, on: connection)
        }
    }

    private mutating func embed(_ batch: [StoredChunk]) async throws {
        let texts = batch.map(\.text)
        // A token of a byte-level encoding is at least one byte, so this is never too little.
        let purchase = purchase(.embed, sku: EmbeddingRules.model, estimate: EmbeddingRules.mostTokens(texts))
        let (lease, job, embedder) = (lease, job, environment.embedder)
        let answer = try await call(purchase) { () async throws(ProviderError) in
            try await embedder.embed(texts, correlationID: job.correlationID)
        }
        if let flaw = EmbeddingFlaw.of(answer.vectors, count: texts.count) {
            try await book(purchase, quantity: answer.totalTokens)
            throw failure(.embed, "embeddings_unusable", "The embeddings cannot be used: \(flaw).")
        }
        try await commit(paying: purchase, quantity: answer.totalTokens) { connection, now in
            let stored = JobEvent(.stageDone, code: "embed_batch", detail: "\(texts.count) chunks, \(answer.requestID)")
            try JobCommits.note(lease, stored, now: now, on: connection)
            try DocumentContents.store(vectors: answer.vectors, for: batch, model: answer.model, on: connection)
        }
    }
}
