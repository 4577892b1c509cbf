import Documents
import Foundation
import Ledger
import Storage
import TestSupport
import Testing

@testable import Worker

/// What the original did wrong in its worker and its store (`facts/pipeline.md` counts the defects).
@Suite(.timeLimit(.minutes(5))) struct `The original's defects` {
    private func claim(_ bench: Bench, _ worker: String, release: String = "v1") async throws -> ClaimedJob? {
        let request = try #require(bench.environment(worker, release: release).claimRequest(share: .all, budget: .open))
        let now = bench.now
        return try await bench.database.write { try JobQueue.claim(request, now: now, on: $0) }
    }

    @Test(arguments: [false, true])
    func `2: a claim persists, so that no two workers have one job`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        _ = try await bench.upload()
        let claims = try await withThrowingTaskGroup(of: ClaimedJob?.self) { group in
            for worker in 0..<8 { group.addTask { try await self.claim(bench, "w\(worker)") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(claims.count { $0 != nil } == 1)
        let stored = try #require(try await bench.job())
        #expect(stored.state == .working && stored.leaseEpoch == 1)
        await bench.database.close()
    }

    @Test func `3: a vanished worker's lease ends, and its job goes on with another`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        _ = try await claim(bench, "gone")
        bench.pass(.seconds(21))
        await Heartbeat(environment: bench.environment("w2"), state: WorkerState(share: .all), startedAt: 0).beat()
        #expect(try await bench.runOne(bench.environment("w2")) == .complete)
    }

    @Test func `4: a retry is selected when it is due`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onEmbed { number, texts async throws(ProviderError) in
            guard number > 1 else { throw .timeout(provider: "openai", seconds: 30) }
            return Embeddings(
                vectors: texts.map { _ in [Float](repeating: 0.2, count: 1536) }, totalTokens: 5, requestID: "e",
                model: EmbeddingRules.model)
        }
        #expect(try await bench.runOne(bench.environment()) == .retried)
        #expect(try await bench.isState(.retryable))
        bench.pass(.seconds(3))
        #expect(try await bench.runOne(bench.environment()) == .complete)
    }

    @Test func `5: a job is nobody's before its bytes have arrived`() async throws {
        let bench = try await Bench()
        let upload = NewUpload(
            userID: "ada", filename: "a.pdf", bytesLength: 12, sha256: "sha", ocr: false, correlationID: "c",
            jobID: "job-1", webhookSecret: "s")
        let now = bench.now
        _ = try await bench.database.write { connection in
            try Uploads.create(
                upload, limits: UploadLimits(concurrentJobs: 9, uploadsPerDay: 9), now: now, on: connection)
        }
        #expect(try await claim(bench, "w1") == nil)
        _ = try await bench.database.write { try Uploads.bytesArrived(job: "job-1", now: now, on: $0) }
        #expect(try await claim(bench, "w1")?.job.id == "job-1")
    }

    @Test func `8: what a stand-in made never passes for the real thing`() async throws {
        let bench = try await Bench()
        let job = try await bench.upload()
        bench.provider.onEmbed { _, texts async throws(ProviderError) in
            Embeddings(
                vectors: texts.map { _ in [Float](repeating: 0.2, count: 1536) }, totalTokens: 5,
                requestID: "mock/e", model: "mock/\(EmbeddingRules.model)")
        }
        #expect(try await bench.runOne(bench.environment()) == .complete)
        let (real, models) = try await bench.database.read { connection in
            (
                try ChunkSearch.nearest(
                    to: [Float](repeating: 1, count: 1536), model: EmbeddingRules.model, user: "ada", limit: 9,
                    on: connection),
                try connection.query("SELECT DISTINCT model FROM chunks WHERE document_id = ?", [job.documentID])
                    .map { try $0.get("model", as: String.self) }
            )
        }
        #expect(real.isEmpty && models == ["mock/\(EmbeddingRules.model)"])
    }

    @Test func `9: budgets are one for all workers, and when they cannot be asked nothing is bought`() async throws {
        let bench = try await Bench()
        for number in 1...4 { _ = try await bench.upload(number) }
        // Two documents of two pages at $0.003 and their seven tokens, one page more while they are parsed; the reserve is a fiftieth.
        try await bench.setBudget("0.016")
        var outcomes: [JobOutcome?] = []
        for worker in ["w1", "w2", "w3"] { outcomes.append(try await bench.runOne(bench.environment(worker))) }
        #expect(outcomes == [.complete, .complete, .handedBack])
        #expect(bench.provider.parses == 2)
        var environment = bench.environment("w4")
        environment.payments = BrokenPayments()
        try await bench.setBudget("100")
        #expect(try await bench.runOne(environment) == .handedBack)
        #expect(bench.provider.parses == 2, "the provider was not asked")
    }

    @Test func `12: there is one vocabulary for how far a job is`() async throws {
        let words = [
            "uploaded", "parse_queued", "parsed", "parse_validated", "chunking", "chunks_stored", "embedding_queued",
            "embedding_in_progress", "embeddings_stored", "complete", "failed_parse", "failed_chunking",
            "failed_embedding", "duplicate",
        ]
        #expect(JobStatus.allCases.map(\.rawValue) == words)
        let percents = [10, 20, 30, 35, 45, 50, 60, 70, 80, 100]
        #expect(JobStatus.path.map(\.totalPercent) == percents)
    }

    @Test(arguments: [false, true])
    func `two users with the same file share neither document nor chunks nor cost`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        let ada = try await bench.upload(1)
        let bob = try await bench.upload(1, user: "bob")
        #expect(ada.documentID != bob.documentID && ada.sha256 == bob.sha256)
        for _ in 1...2 { #expect(try await bench.runOne(bench.environment()) == .complete) }
        #expect(bench.provider.parses == 2)
        let found = try await bench.database.read { connection in
            try ["ada", "bob"].map { user in
                try ChunkSearch.nearest(
                    to: [Float](repeating: 1, count: 1536), model: EmbeddingRules.model, user: user, limit: 9,
                    on: connection
                ).map(\.chunk.documentID)
            }
        }
        #expect(Set(found[0]) == [ada.documentID] && Set(found[1]) == [bob.documentID])
        #expect(try await bench.cost(ada.id) == 6_000_140)
        #expect(try await bench.cost(bob.id) == 6_000_140)
        await bench.database.close()
    }
}

/// A ledger that does not answer.
private struct BrokenPayments: JobPayments {
    func hold(_ purchase: JobPurchase) async throws { throw DatabaseError.busy("the test") }

    func settle(
        _ purchase: JobPurchase, quantity: Int, now: Int64, on connection: any Connection
    ) throws -> Nanodollars { .zero }

    func cancel(_ purchase: JobPurchase) async throws {}
    func giveBack(_ key: String, now: Int64, on connection: any Connection) throws {}

    func book(_ purchase: JobPurchase, quantity: Int) async throws -> Nanodollars { .zero }
    func tidy() async throws {}
    func isStillReached(_ refused: BudgetReached) async throws -> Bool { true }
}
