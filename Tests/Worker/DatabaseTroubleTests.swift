import Documents
import Foundation
import Storage
import TestSupport
import Testing

@testable import Worker

/// The database goes in the worst moment: between a provider's answer and the commit of what it said.
@Suite(.serialized, .timeLimit(.minutes(5))) struct `A database` {
    @Test func `that is restarted costs no job and no money`() async throws {
        let server = try await PostgresServer.own()
        let bench = try await Bench(address: server.address)
        try await bench.embedding {
            try await server.stop()
            try await server.start()
        }
        try await expectOneEnd(bench)
    }

    @Test func `that fails over costs no job and no money, and the other server is used at once`() async throws {
        let first = try await PostgresServer.own()
        let second = try await first.standby()
        try await first.administer("ALTER SYSTEM SET synchronous_standby_names = '*'")
        try await first.administer("SELECT pg_reload_conf()")
        let bench = try await Bench(address: first.address(with: second))
        try await bench.embedding {
            try await first.stop()
            try await second.promote()
        }
        try await expectOneEnd(bench)
        #expect(bench.provider.parses == 1, "what was committed is there")
    }

    @Test func `whose connections are all taken is waited for`() async throws {
        let server = try await PostgresServer.own()
        try await server.administer("CREATE ROLE app LOGIN CONNECTION LIMIT 6")
        try await server.administer("CREATE DATABASE app OWNER app")
        let address = server.address("app").replacing("postgres@", with: "app@")
        let bench = try await Bench(address: address)
        let others = Hoard(address: address, server: server)
        try await bench.embedding {
            // As long as others have them all, not even the failure can be recorded.
            try await others.endAll()
            try await others.take(6)
        }
        _ = await #expect(throws: (any Error).self) { try await bench.job() }
        try await others.endAll()
        try await expectOneEnd(bench)
        try await others.reap()
    }

    /// It ends as if nothing had been, once, and all that was bought is booked.
    private func expectOneEnd(_ bench: Bench) async throws {
        var outcomes: [JobOutcome?] = []
        while try await !bench.isState(.done), outcomes.count < 5 {
            bench.pass(.seconds(30))
            let now = bench.now
            _ = try await bench.database.write { try JobQueue.reap(now: now, on: $0) }
            outcomes.append(try await bench.runOne(bench.environment()))
        }
        #expect(try await bench.isState(.done), "\(outcomes)")
        let finals = try await bench.events().count { $0.event.kind == .finalized }
        #expect(finals == 1)
        // The tests' server may forget its last commits; a stage is then repeated together with what paid for it.
        let embedding = try await bench.cost() - 6_000_000
        #expect(embedding >= 140 && embedding <= Int64(bench.provider.embeds) * 140 && embedding % 140 == 0)
        await bench.database.close()
    }
}

extension Bench {
    /// Works on a document until its texts are first embedded, when `trouble` comes.
    fileprivate func embedding(_ trouble: @escaping @Sendable () async throws -> Void) async throws {
        _ = try await upload()
        provider.onEmbed { number, texts async throws(ProviderError) in
            if number == 1 {
                do { try await trouble() } catch { throw .network(provider: "test", detail: "\(error)") }
            }
            return Embeddings(
                vectors: texts.map { _ in [Float](repeating: 0.2, count: 1536) }, totalTokens: 7, requestID: "e",
                model: EmbeddingRules.model)
        }
        _ = try await runOne(environment())
    }
}

/// Connections that are held and not used.
private actor Hoard {
    private let address: String
    private let server: PostgresServer
    private var sessions: [RunningCommand] = []

    init(address: String, server: PostgresServer) {
        self.address = address
        self.server = server
    }

    func take(_ count: Int) async throws {
        for _ in 0..<count {
            sessions.append(
                try RunningCommand(
                    "/usr/bin/psql", ["-X", "-q", "-d", address, "-c", "SELECT pg_sleep(600)"], directory: "/tmp"))
        }
        let isFull = try await eventually {
            let look = try RunningCommand(
                "/usr/bin/psql",
                [
                    "-X", "-A", "-t", "-d", self.server.address, "-c",
                    "SELECT COUNT(*) FROM pg_stat_activity WHERE usename = 'app'",
                ], directory: "/tmp")
            return try await look.result().output == "\(count)\n"
        }
        #expect(isFull)
    }

    /// Ends every connection of the role, the bench's too.
    func endAll() async throws {
        try await server.administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'app'")
    }

    func reap() async throws { for session in sessions { _ = try await session.result() } }
}
