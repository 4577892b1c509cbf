import Documents
import Storage
import TestSupport
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(5))) struct `A clock that steps` {
    private func beat(_ environment: WorkerEnvironment, _ state: WorkerState) async {
        await Heartbeat(environment: environment, state: state, startedAt: 0).beat()
        #expect(state.heartbeat.error == nil)
    }

    @Test(arguments: [false, true])
    func `back by an hour holds up no job, whether it is new, waits for a retry, or lost its worker`(
        postgresql: Bool
    ) async throws {
        let bench = try await Bench(postgresql: postgresql)
        let (environment, state) = (bench.environment(), WorkerState(share: .all))
        await beat(environment, state)
        for number in 1...3 { _ = try await bench.upload(number) }
        // The first is in the hands of a worker that vanishes, the second waits to be tried again.
        let vanishing = try #require(try await claim(bench, owner: "w9"))
        #expect(vanishing.job.id == "job-1")
        bench.provider.onParse { _ async throws(ProviderError) in
            throw .unavailable(provider: "llamaparse", detail: "503")
        }
        #expect(try await bench.runOne(environment, state) == .retried)
        bench.provider.onParse { _ async throws(ProviderError) in
            ParsedDocument(markdown: "# One\nfirst", pages: 1, requestID: "p")
        }
        bench.pass(.seconds(-3600))
        await beat(environment, state)
        #expect(try await bench.runOne(environment, state) == .complete)
        #expect(try await bench.runOne(environment, state) == .complete)
        #expect(try await bench.isState(.working, "job-1"), "its worker may still be there")
        bench.pass(.seconds(21))
        await beat(environment, state)
        #expect(try await bench.runOne(environment, state) == .complete)
        for number in 1...3 {
            let finals = try await bench.events("job-\(number)").count { $0.event.kind == .finalized }
            #expect(finals == 1)
        }
        await bench.database.close()
    }

    @Test func `back by an hour leaves a vanished worker's buckets and places to the others`() async throws {
        let bench = try await Bench()
        let other = WorkerState(share: .all)
        await beat(bench.environment("w2"), other)
        let now = bench.now
        for place in 0..<3 {
            let decision = try await bench.database.write { connection in
                try ProviderLimits.enter(
                    .embeddings, tokens: 1, holder: "w2", lifetime: 60_000_000, now: now, on: connection)
            }
            #expect(decision == .admitted(place: place))
        }
        bench.pass(.seconds(-3600))
        let state = WorkerState(share: .none)
        await beat(bench.environment("w1"), state)
        bench.pass(.seconds(61))
        _ = try await bench.upload()
        let later = bench.now
        let decision = try await bench.database.write { connection in
            try ProviderLimits.enter(
                .embeddings, tokens: 1, holder: "w1", lifetime: 60_000_000, now: later, on: connection)
        }
        #expect(decision == .admitted(place: 0))
        #expect(try await bench.runOne(bench.environment("w1"), state) == .complete)
    }

    @Test func `forth by an hour costs a living worker nothing but a look, and each job ends once`() async throws {
        let bench = try await Bench()
        let (environment, state) = (bench.environment(), WorkerState(share: .all))
        _ = try await bench.upload()
        await beat(environment, state)
        let claimed = try #require(try await claim(bench, owner: environment.instance))
        state.hold(claimed.lease) {}
        bench.pass(.seconds(3600))
        await beat(environment, state)
        #expect(state.leases == [claimed.lease])
        await beat(bench.environment("w2"), WorkerState(share: .all))
        #expect(try await bench.isState(.working))
        let outcome = await JobRunner(environment: environment, state: state, metrics: WorkerMetrics()).run(claimed)
        #expect(outcome.outcome == .complete)
    }

    private func claim(_ bench: Bench, owner: String) async throws -> ClaimedJob? {
        let request = ClaimRequest(
            owner: owner, release: "v1", share: .all, leaseDuration: 20_000_000, heartbeatTimeout: 10_000_000)
        let now = bench.now
        return try await bench.database.write { try JobQueue.claim(request, now: now, on: $0) }
    }
}
