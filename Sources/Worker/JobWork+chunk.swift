import Documents
import Storage

extension JobWork {
    /// parse_validated → chunking → chunks_stored.
    mutating func chunk() async throws {
        let (lease, job) = (lease, job)
        let parse = try await environment.database.read { connection in
            try DocumentContents.parse(of: job.documentID, on: connection)
        }
        guard let parse else {
            throw failure(.chunk, "parse_missing", "The parsed text is gone; delete the document and upload it again.")
        }
        let chunks = MarkdownChunker.chunks(of: parse.markdown)
        self.job = try await commit { connection, now in
            if job.status != .chunking {
                let started = JobEvent(.stageStarted, code: JobStage.chunk.rawValue)
                try JobCommits.advance(lease, to: .chunking, events: [started], now: now, on: connection)
            }
            try DocumentContents.store(chunks, of: job, now: now, on: connection)
            let done = JobEvent(.stageDone, code: JobStage.chunk.rawValue, detail: "\(chunks.count) chunks")
            return try JobCommits.advance(lease, to: .chunksStored, events: [done], now: now, on: connection)
        }
    }
}
