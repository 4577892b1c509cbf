import Documents
import Storage
import Synchronization
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(5))) struct `Jobs that share embedding requests` {
    @Test(arguments: [false, true])
    func `each pay for their own texts, and together for what was billed`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        let billed = Mutex(0)
        bench.provider.onEmbed { number, texts async throws(ProviderError) in
            let tokens = texts.count * 3 + number
            billed.withLock { $0 += tokens }
            return Embeddings(
                vectors: texts.map { _ in [Float](repeating: 0.2, count: 1536) }, totalTokens: tokens, requestID: "e",
                model: EmbeddingRules.model)
        }
        var environment = bench.environment()
        let clock = environment.now
        environment.embedder = EmbeddingDesk(
            embedder: bench.provider,
            gate: SharedGate(database: bench.database, holder: "w1", now: clock, report: { Issue.record("\($0)") }))
        let shared = environment
        for number in 1...6 { _ = try await bench.upload(number) }
        let outcomes = try await withThrowingTaskGroup(of: JobOutcome?.self) { group in
            for _ in 1...6 { group.addTask { try await bench.runOne(shared) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0 == .complete })
        var sum: Int64 = 0
        for number in 1...6 {
            let cost = try await bench.cost("job-\(number)") - 6_000_000
            #expect(cost > 0)
            sum += cost
        }
        // $0.02 a million tokens are 20 nano-dollars a token.
        #expect(sum == Int64(billed.withLock { $0 }) * 20)
        #expect(try await bench.held() == 0)
        await bench.database.close()
    }

    @Test func `wait untouched for as long as limits are used up`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onEmbed { _, _ async throws(ProviderError) in
            throw .throttled(provider: "openai", detail: "its limits are used up", retryAfter: 30)
        }
        #expect(try await bench.runOne(bench.environment()) == .handedBack)
        let job = try #require(try await bench.job())
        #expect(job.retryCount == 0 && job.availableAt == bench.now + 30_000_000)
        #expect(try await bench.held() == 0)
    }
}
