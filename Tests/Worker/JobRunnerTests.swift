import Documents
import Storage
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(1)))
struct JobRunnerTests {
    @Test(arguments: [false, true])
    func `a document goes from its bytes to vectors, and is paid for once`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        let job = try await bench.upload()
        #expect(try await bench.runOne(bench.environment()) == .complete)
        let done = try #require(try await bench.job())
        #expect(done.status == .complete && done.state == .done && done.workerRelease == "v1")
        let hits = try await bench.database.read { connection in
            try ChunkSearch.nearest(
                to: [Float](repeating: 1, count: 1536), model: EmbeddingRules.model, user: "ada", limit: 9,
                on: connection)
        }
        #expect(hits.map(\.chunk.text).sorted() == ["# One\nfirst", "# Two\nsecond"])
        // Two pages at $0.003, seven tokens at $0.02 a million.
        #expect(try await bench.cost(job.id) == 6_000_000 + 140)
        #expect(try await bench.held() == 0)
        let correlations = try await bench.database.read { connection in
            try connection.query("SELECT correlation_id FROM ledger_hold").map { row in
                try row.get("correlation_id", as: String?.self)
            }
        }
        #expect(
            correlations == ["correlation-1", "correlation-1"], "what it did cost is found by it, also without its job")
        let kinds = try await bench.events().map { "\($0.event.kind.rawValue) \($0.event.code)" }
        #expect(
            kinds == [
                "uploaded bytes_arrived", "stage_started parse", "stage_done parse", "stage_started chunk",
                "stage_done chunk", "stage_started embed", "stage_done embed_batch", "stage_done embed",
                "finalized complete",
            ])
        await bench.database.close()
    }

    @Test func `a provider that fails is tried again, three times, and costs nothing`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onParse { _ async throws(ProviderError) in
            throw .unavailable(provider: "llamaparse", detail: "503")
        }
        for wait in [3, 6, 12] {
            #expect(try await bench.runOne(bench.environment()) == .retried)
            #expect(try await bench.runOne(bench.environment()) == nil)
            bench.pass(.seconds(wait))
        }
        #expect(try await bench.runOne(bench.environment()) == .deadletter)
        let dead = try #require(try await bench.job())
        #expect(dead.status == .failedParse && dead.retryCount == 3)
        #expect(try await bench.cost() == 0)
        // It took the document, and may bill it: what was set aside lapses.
        bench.pass(.seconds(900))
        try await bench.environment().payments.tidy()
        #expect(try await bench.held() == 0)
    }

    @Test func `an embedding that broke off goes on where it stopped and keeps what was parsed`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onEmbed { number, texts async throws(ProviderError) in
            if number == 1 { throw .timeout(provider: "openai", seconds: 30) }
            return Embeddings(
                vectors: texts.map { _ in [Float](repeating: 0.2, count: 1536) }, totalTokens: 5, requestID: "e",
                model: EmbeddingRules.model)
        }
        #expect(try await bench.runOne(bench.environment()) == .retried)
        #expect(try await bench.job()?.status == .embeddingInProgress)
        bench.pass(.seconds(3))
        #expect(try await bench.runOne(bench.environment("w2")) == .complete)
        #expect(bench.provider.parses == 1 && bench.provider.embeds == 2)
    }

    @Test(arguments: [0, 1, 2])
    func `made-up embeddings fail the job for good, and what was billed is booked`(flaw: Int) async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onEmbed { _, texts async throws(ProviderError) in
            let good = [Float](repeating: 0.2, count: 1536)
            let vectors: [[Float]] =
                switch flaw {
                case 0: [good]
                case 1: texts.map { _ in [Float](repeating: 0, count: 1536) }
                default: texts.map { _ in [0.5] }
                }
            return Embeddings(vectors: vectors, totalTokens: 50, requestID: "e", model: EmbeddingRules.model)
        }
        #expect(try await bench.runOne(bench.environment()) == .deadletter)
        #expect(try await bench.job()?.status == .failedEmbedding)
        #expect(try await bench.cost() == 6_000_000 + 1000)
    }

    @Test func `a refused key is for good and says why`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onParse { _ async throws(ProviderError) in
            throw .unauthorized(provider: "llamaparse", status: 401)
        }
        #expect(try await bench.runOne(bench.environment()) == .deadletter)
        #expect(try await bench.job()?.lastError?.contains("401") == true)
    }

    @Test func `an open breaker is no attempt, and keeps jobs from being claimed`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onParse { _ async throws(ProviderError) in
            throw .breakerOpen(provider: "llamaparse", retryAfter: 60)
        }
        #expect(try await bench.runOne(bench.environment()) == .handedBack)
        #expect(try await bench.job()?.retryCount == 0)
        let closed = bench.environment(wait: { $0 == "llamaparse" ? 60 : nil })
        let before = try await bench.job()
        #expect(try await bench.runOne(closed) == nil)
        #expect(try await bench.job() == before, "it waits untouched")
    }

    @Test func `a worker that lost its job writes nothing, but what it spent is booked`() async throws {
        let bench = try await Bench()
        let job = try await bench.upload()
        bench.provider.onParse { [bench] _ async throws(ProviderError) in
            bench.pass(.seconds(60))
            let now = bench.now
            do {
                _ = try await bench.database.write { try JobQueue.reap(now: now, on: $0) }
            } catch { throw .network(provider: "test", detail: "\(error)") }
            return ParsedDocument(markdown: "text", pages: 2, requestID: "p")
        }
        #expect(try await bench.runOne(bench.environment()) == .lost)
        let back = try #require(try await bench.job())
        #expect(back.state == .queued && back.status == .parseQueued && back.lostLeases == 1)
        let parse = try await bench.database.read { try DocumentContents.parse(of: job.documentID, on: $0) }
        #expect(parse == nil)
        #expect(try await bench.cost() == 6_000_000)
    }

    @Test func `a worker of the drill pays each document's parse twice, and it is done all the same`() async throws {
        let (plain, drill) = (try await Bench(), try await Bench())
        for (bench, twice) in [(plain, false), (drill, true)] {
            _ = try await bench.upload()
            #expect(try await bench.runOne(bench.environment(change: { $0.parsesTwice = twice })) == .complete)
        }
        #expect(try await drill.cost() == plain.cost() + 6_000_000)
    }

    @Test func `a reached budget stops the work and touches no other job; the reserve is for smoke tests`() async throws
    {
        let bench = try await Bench()
        _ = try await bench.upload()
        try await bench.setBudget("0.000001")
        let state = WorkerState(share: .all)
        let environment = bench.environment()
        #expect(try await bench.runOne(environment, state) == .handedBack)
        #expect(state.budget != .open)
        let waiting = try await bench.upload(2)
        #expect(try await bench.runOne(environment, state) == nil)
        #expect(try await bench.job("job-2") == waiting)
        try await bench.setBudget("0.35")
        let heartbeat = Heartbeat(environment: environment, state: state, startedAt: 0)
        await heartbeat.beat()
        #expect(state.budget == .open)
        #expect(try await bench.runOne(environment, state) == .complete)
        #expect(try await bench.runOne(environment, state) == .complete)
        // Each costs 0.006 and a little, and 0.009 is set aside for it. A third exceeds the limit less its reserve, a fiftieth, but not the limit.
        try await bench.setBudget("0.0213")
        _ = try await bench.upload(3)
        _ = try await bench.upload(4, pin: "v1")
        #expect(try await bench.runOne(environment, state) == .handedBack)
        #expect(try await bench.runOne(environment, state) == .complete)
        #expect(try await bench.isState(.done, "job-4"))
        #expect(try await bench.isState(.queued, "job-3"))
    }
}
