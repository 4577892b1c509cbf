import Documents
import Storage
import TestSupport
import Testing

/// The worker as a process, its own clients, and the stand-ins, whose faults are set over HTTP.
@Suite(.serialized, .timeLimit(.minutes(4))) struct `Under faults of its providers, a worker` {
    private func with(_ body: (WorkerFleet) async throws -> Void) async throws {
        let fleet = try await WorkerFleet(postgresql: false)
        try await body(fleet)
        try await fleet.close()
    }

    @Test func `waits for slow answers, and does nothing twice`() async throws {
        try await with { fleet in
            try await fleet.setFaults(#"{"latency_ms":700}"#)
            try await fleet.upload(3)
            let worker = try fleet.start("w1")
            #expect(try await fleet.areDone())
            try await fleet.expectPaidOnce(3)
            for number in 0..<3 { #expect(try await fleet.job(number).retryCount == 0) }
            try await worker.stop()
        }
    }

    @Test func `tries what failed again, and pays for what succeeded once`() async throws {
        try await with { fleet in
            try await fleet.setFaults(#"{"error_rate":0.25}"#)
            try await fleet.upload(4)
            let worker = try fleet.start("w1")
            let isDone = try await fleet.areDone(within: .seconds(120))
            let states = try await fleet.states()
            #expect(isDone, "\(states)")
            try await fleet.expectPaidOnce(4)
            var retries = 0
            for number in 0..<4 { retries += try await fleet.events(number).count { $0.event.kind == .retry } }
            #expect(retries > 0, "no fault hit anybody")
            try await worker.stop()
        }
    }

    @Test(arguments: [false, true])
    func `leaves one alone that answers 429, for as long as it asks, in seconds or as a date`(
        asDate: Bool
    ) async throws {
        try await with { fleet in
            try await fleet.setFaults(
                #"{"rate_limit":1,"retry_after_seconds":6,"retry_after_date":\#(asDate),"provider":"openai"}"#)
            try await fleet.upload(2)
            let worker = try fleet.start("w1")
            let isRefused = try await eventually(within: .seconds(40)) {
                try await fleet.events().contains { $0.event.code == "provider_rate_limited" }
            }
            #expect(isRefused)
            try await fleet.setFaults("{}")
            let refusal = try #require(
                try await fleet.events().first { $0.event.code == "provider_rate_limited" })
            #expect(try await fleet.areDone())
            let stored = try #require(try await fleet.events().first { $0.event.code == "embed_batch" })
            #expect(stored.createdAt - refusal.createdAt >= 5_500_000)
            try await fleet.expectPaidOnce(2)
            try await worker.stop()
        }
    }

    @Test func `lets jobs wait while one is out, without using up their attempts, and goes on when it is back`()
        async throws
    {
        try await with { fleet in
            try await fleet.setFaults(#"{"outage":true,"provider":"openai"}"#)
            try await fleet.upload(6)
            let worker = try fleet.start("w1")
            // The breaker opens after five failures; what is then claimed needs another provider.
            let isOut = try await eventually(within: .seconds(40)) {
                var failures = 0
                for number in 0..<6 {
                    failures += try await fleet.events(number).count { $0.event.code == "provider_unavailable" }
                }
                return failures >= 5
            }
            #expect(isOut)
            let before = try await fleet.vectorsAndHolds()
            #expect(before.vectors == 0)
            #expect(try await !fleet.states().contains("deadletter"))
            try await fleet.setFaults("{}")
            let isDone = try await fleet.areDone(within: .seconds(120))
            let states = try await fleet.states()
            #expect(isDone, "\(states)")
            try await fleet.expectPaidOnce(6)
            try await worker.stop()
        }
    }

    @Test(arguments: ["wrong_dimension", "zero", "wrong_count"])
    func `stores no vector that cannot be one, says so, and pays for parsing once`(fault: String) async throws {
        try await with { fleet in
            try await fleet.setFaults(#"{"vectors":"\#(fault)","provider":"openai"}"#)
            try await fleet.upload(1)
            let worker = try fleet.start("w1")
            let isOver = try await eventually(within: .seconds(40)) { try await fleet.job().state == .deadletter }
            #expect(isOver)
            let job = try await fleet.job()
            #expect(job.status == .failedEmbedding && job.retryCount == 0 && job.lastError?.isEmpty == false)
            #expect(try await fleet.vectorsAndHolds() == (0, 0))
            // An answer was bought, though it was unusable.
            #expect(try await fleet.bought().mapValues(\.count) == ["llamaparse": 1, "openai": 1])
            try await fleet.setFaults("{}")
            _ = try await fleet.database.write { connection in
                try JobCommits.retry(job: job.id, user: job.userID, now: WallClock.microseconds(), on: connection)
            }
            #expect(try await fleet.areDone())
            #expect(try await fleet.bought().mapValues(\.count) == ["llamaparse": 1, "openai": 2])
            #expect(try await fleet.vectorsAndHolds() == (1, 0))
            try await worker.stop()
        }
    }
}
