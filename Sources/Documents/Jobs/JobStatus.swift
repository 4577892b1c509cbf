/// How far a job has come. The raw values are what the database and the API say.
package enum JobStatus: String, Sendable, CaseIterable, Codable {
    /// Announced; its bytes have not arrived.
    case uploaded
    /// Its bytes are stored: a worker may take it.
    case parseQueued = "parse_queued"
    case parsed
    case parseValidated = "parse_validated"
    case chunking
    case chunksStored = "chunks_stored"
    case embeddingQueued = "embedding_queued"
    case embeddingInProgress = "embedding_in_progress"
    case embeddingsStored = "embeddings_stored"
    case complete
    case failedParse = "failed_parse"
    case failedChunking = "failed_chunking"
    case failedEmbedding = "failed_embedding"
    /// The same bytes were handed in before.
    case duplicate

    /// The way of a job that succeeds, in order.
    package static let path: [JobStatus] = [
        .uploaded, .parseQueued, .parsed, .parseValidated, .chunking, .chunksStored, .embeddingQueued,
        .embeddingInProgress, .embeddingsStored, .complete,
    ]

    /// Nothing follows, unless somebody retries it.
    package var isTerminal: Bool { [.complete, .duplicate].contains(self) || isFailure }

    package var isFailure: Bool { [.failedParse, .failedChunking, .failedEmbedding].contains(self) }

    /// What a worker does next with a job in this status; nil when there is nothing to do, or nothing yet.
    package var nextStage: JobStage? {
        switch self {
        case .parseQueued: .parse
        case .parsed, .parseValidated, .chunking: .chunk
        case .chunksStored, .embeddingQueued, .embeddingInProgress, .embeddingsStored: .embed
        case .uploaded, .complete, .failedParse, .failedChunking, .failedEmbedding, .duplicate: nil
        }
    }

    /// The share of the whole work that is done, in per cent.
    package var totalPercent: Int {
        switch self {
        case .uploaded: 10
        case .parseQueued: 20
        case .parsed: 30
        case .parseValidated: 35
        case .chunking: 45
        case .chunksStored: 50
        case .embeddingQueued: 60
        case .embeddingInProgress: 70
        case .embeddingsStored: 80
        case .complete, .duplicate: 100
        case .failedParse: 20
        case .failedChunking: 45
        case .failedEmbedding: 70
        }
    }
}

/// Who may act on a job.
package enum JobState: String, Sendable, CaseIterable, Codable {
    /// Waits for a worker.
    case queued
    /// A worker holds its lease.
    case working
    /// Failed in a way that may pass; waits for its next attempt.
    case retryable
    case done
    /// Failed for good; only its user may have it tried again.
    case deadletter

    /// Whether the job counts against its user's limit of concurrent jobs.
    package var isActive: Bool { self == .queued || self == .working || self == .retryable }
}

/// The three things that a worker does with a job. A stage commits with its status, so a killed worker repeats at
/// most one.
package enum JobStage: String, Sendable, CaseIterable, Codable {
    case parse, chunk, embed

    /// The status of a job that failed for good in this stage.
    package var failure: JobStatus {
        switch self {
        case .parse: .failedParse
        case .chunk: .failedChunking
        case .embed: .failedEmbedding
        }
    }

    /// The provider that the stage cannot do without.
    package var provider: String? {
        switch self {
        case .parse: "llamaparse"
        case .chunk: nil
        case .embed: "openai"
        }
    }

    /// The statuses from which a worker does this stage next.
    package var statuses: [JobStatus] { JobStatus.path.filter { $0.nextStage == self } }

    /// Where a job that failed in this stage starts again.
    package var resumption: JobStatus {
        switch self {
        case .parse: .parseQueued
        case .chunk: .parsed
        case .embed: .embeddingQueued
        }
    }
}
