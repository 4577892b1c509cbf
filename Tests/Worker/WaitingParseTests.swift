import Documents
import Ledger
import Storage
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(5))) struct `A document that takes long to parse` {
    private func environment(_ bench: Bench, _ instance: String = "w1", webhooks: Bool = false) -> WorkerEnvironment {
        var environment = bench.environment(instance, change: { $0.parsePatience = .zero })
        environment.webhookBase = webhooks ? "https://api.example.com" : nil
        return environment
    }

    private func request(_ bench: Bench) async throws -> ParseRequest? {
        try await bench.database.read { try ParseRequests.find(job: "job-1", on: $0) }
    }

    /// A job that is left with the parser.
    private func left() async throws -> Bench {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.setPending(true)
        #expect(try await bench.runOne(environment(bench)) == .waiting)
        return bench
    }

    @Test(arguments: [false, true])
    func `keeps no worker waiting, is asked for at growing intervals, and is sent and paid for once`(
        postgresql: Bool
    ) async throws {
        let bench = try await Bench(postgresql: postgresql)
        _ = try await bench.upload()
        bench.provider.setPending(true)
        for (wait, worker) in zip([2, 4, 8, 15], ["w1", "w2", "w3", "w4"]) {
            #expect(try await bench.runOne(environment(bench, worker)) == .waiting)
            let job = try #require(try await bench.job())
            #expect(job.state == .queued && job.status == .parseQueued && job.retryCount == 0)
            #expect(job.availableAt == bench.now + Int64(wait) * 1_000_000)
            #expect(try await bench.runOne(environment(bench)) == nil)
            bench.pass(.seconds(wait))
        }
        bench.provider.setPending(false)
        #expect(try await bench.runOne(environment(bench, "w5")) == .complete)
        #expect(bench.provider.parses == 1)
        #expect(try await bench.cost() == 6_000_000 + 140)
        #expect(try await bench.held() == 0)
        #expect(try await request(bench) == nil)
        let kinds = try await bench.events().map { "\($0.event.kind.rawValue) \($0.event.code)" }
        #expect(kinds.prefix(3) == ["uploaded bytes_arrived", "stage_started parse", "stage_done parse"])
        await bench.database.close()
    }

    @Test func `names the job's own webhook and key, and is rarely asked for then`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.setPending(true)
        #expect(try await bench.runOne(environment(bench, webhooks: true)) == .waiting)
        let webhook = try #require(bench.provider.order?.webhook)
        #expect(webhook.url == "https://api.example.com/api/v2/webhooks/llamaparse/job-1")
        #expect(webhook.secret.reveal() == "s")
        #expect(try await bench.job()?.availableAt == bench.now + 30_000_000)
    }

    @Test func `is given up at its deadline, and sent again as another attempt`() async throws {
        let bench = try await left()
        bench.pass(.seconds(121))
        #expect(try await bench.runOne(environment(bench)) == .retried)
        #expect(try await bench.job()?.lastError?.contains("120") == true)
        #expect(try await bench.held() == 9_000_000, "it may be billed all the same")
        bench.provider.setPending(false)
        bench.pass(.seconds(3))
        #expect(try await bench.runOne(environment(bench)) == .complete)
        #expect(bench.provider.parses == 2)
        #expect(try await bench.cost() == 6_000_000 + 140)
    }

    @Test func `survives its provider's outage of ten minutes: it waits, and is then fetched, not sent again`()
        async throws
    {
        let bench = try await left()
        bench.provider.setPending(false)
        bench.provider.onParse { _ async throws(ProviderError) in
            throw .unavailable(provider: "llamaparse", detail: "503")
        }
        bench.pass(.seconds(2))
        #expect(try await bench.runOne(environment(bench)) == .retried)
        bench.provider.onParse { _ async throws(ProviderError) in
            throw .breakerOpen(provider: "llamaparse", retryAfter: 60)
        }
        bench.pass(.seconds(3))
        #expect(try await bench.runOne(environment(bench)) == .handedBack)
        bench.pass(.seconds(900))
        bench.provider.onParse { _ async throws(ProviderError) in
            ParsedDocument(markdown: "# One\nfirst", pages: 2, requestID: "p")
        }
        #expect(try await bench.runOne(environment(bench)) == .complete)
        #expect(bench.provider.parses == 1)
        #expect(try await bench.job()?.retryCount == 1, "the outage itself was no attempt")
        #expect(try await bench.cost() == 6_000_000 + 140)
        let now = bench.now
        let isFrozen = try await bench.database.read { connection in
            try Ledger.spend(on: connection, day: Ledger.day(of: now), at: now).contains(where: \.isFrozen)
        }
        #expect(!isFrozen, "it was paid from a hold that was open")
    }

    @Test func `that cannot be parsed costs what was estimated, and is for good`() async throws {
        let bench = try await left()
        bench.provider.setPending(false)
        bench.provider.onParse { _ async throws(ProviderError) in
            throw .unusable(provider: "llamaparse", detail: "its job failed")
        }
        bench.pass(.seconds(2))
        #expect(try await bench.runOne(environment(bench)) == .deadletter)
        #expect(try await bench.cost() == 6_000_000)
        #expect(try await request(bench) == nil)
    }

    @Test func `whose ticket the provider does not know yet is asked for again, and sent again when it is lost there`()
        async throws
    {
        let bench = try await left()
        bench.provider.setPending(false)
        bench.provider.onParse { number async throws(ProviderError) in
            guard number > 1 else {
                throw .rejected(provider: "llamaparse", status: 404, message: "no such job")
            }
            return ParsedDocument(markdown: "# One\nfirst", pages: 2, requestID: "p")
        }
        bench.pass(.seconds(2))
        #expect(try await bench.runOne(environment(bench)) == .waiting)
        #expect(try await bench.job()?.retryCount == 0 && bench.provider.parses == 1)
        bench.pass(.seconds(60))
        #expect(try await bench.runOne(environment(bench)) == .retried)
        #expect(try await bench.job()?.lastError?.contains("no longer knows") == true)
        #expect(try await bench.held() == 9_000_000, "it may be billed all the same")
        #expect(try await request(bench) == nil)
        bench.pass(.seconds(3))
        #expect(try await bench.runOne(environment(bench)) == .complete)
        #expect(bench.provider.parses == 2)
        #expect(try await bench.cost() == 6_000_000 + 140)
    }
}
