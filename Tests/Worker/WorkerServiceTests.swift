import Contract
import Documents
import Foundation
import HTTPClient
import Logging
import ServiceLifecycle
import Storage
import TestSupport
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(1)))
struct WorkerServiceTests {
    /// Runs a worker's services until `body` returns, then shuts them down in order.
    private func running(
        _ bench: Bench, _ environment: WorkerEnvironment, share: JobBuckets = .all,
        _ body: (WorkerServices, Int, ServiceGroup) async throws -> Void
    ) async throws {
        let variables = [
            InstanceEnvironment.release: environment.release, InstanceEnvironment.controlToken: "token",
            InstanceEnvironment.digestKey: String(repeating: "ab", count: 32),
        ]
        let port = try freePort()
        let parts = WorkerServices(
            environment: environment,
            identity: InstanceIdentity(contract: PipelineContracts.worker, environment: variables), serviceMode: "real",
            providers: ProviderWatch(ask: { ["openai": .healthy] }, waits: { _ in nil }), share: share, port: port)
        let group = ServiceGroup(
            configuration: .init(services: parts.services.map { .init(service: $0) }, logger: environment.logger))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await body(parts, port, group)
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test func `a job is taken as soon as its bytes arrive, and several at once`() async throws {
        let bench = try await Bench()
        try await running(bench, bench.environment()) { _, _, _ in
            for number in 1...6 { _ = try await bench.upload(number) }
            for number in 1...6 {
                #expect(try await eventually { try await bench.isState(.done, "job-\(number)") })
            }
        }
        let workers = try await bench.database.read { try Workers.all(on: $0) }
        #expect(workers.isEmpty, "it left in order")
    }

    @Test func `a worker that stops lets its job finish`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        let (release, open) = AsyncStream<Void>.makeStream()
        bench.provider.onParse { _ async throws(ProviderError) in
            for await _ in release { break }
            return ParsedDocument(markdown: "text", pages: 1, requestID: "p")
        }
        let environment = bench.environment(change: { $0.drainLimit = .seconds(20) })
        try await running(bench, environment) { parts, _, group in
            #expect(await eventually { bench.provider.parses == 1 })
            await group.triggerGracefulShutdown()
            #expect(await eventually { parts.state.isDraining })
            open.yield()
        }
        #expect(try await bench.isState(.done))
    }

    @Test func `what does not finish in time is handed back`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onParse { _ async throws(ProviderError) in
            for await _ in AsyncStream<Void>.makeStream().stream {}
            throw .network(provider: "llamaparse", detail: "cancelled")
        }
        try await running(bench, bench.environment()) { _, _, _ in
            #expect(await eventually { bench.provider.parses == 1 })
        }
        let job = try #require(try await bench.job())
        #expect(job.state == .queued && job.retryCount == 0)
        #expect(try await bench.held() == 9_000_000, "the document lies with the parser, and is not sent again")
    }

    @Test func `a killed worker's job is done by another`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        let dead = bench.environment("dead")
        let request = try #require(dead.claimRequest(share: .all, budget: .open))
        let now = bench.now
        _ = try await bench.database.write { try JobQueue.claim(request, now: now, on: $0) }
        try await running(bench, bench.environment("w2")) { _, _, _ throws in
            #expect(try await bench.isState(.working))
            bench.pass(.seconds(21))
            #expect(try await eventually { try await bench.isState(.done) })
        }
        #expect(try await bench.job()?.lostLeases == 1)
    }

    @Test func `a deployed worker takes nothing until it is told its share`() async throws {
        let bench = try await Bench()
        let now = bench.now
        let other = WorkerRecord(
            instance: "other", release: "v0", share: .all, inFlight: 0, startedAt: now, seenAt: now)
        try await bench.database.write { try Workers.beat(other, on: $0) }
        let http = HTTPClient(name: "test")
        try await running(bench, bench.environment(), share: .none) { parts, port, _ in
            let url = "http://127.0.0.1:\(port)"
            let ready = await eventually {
                do { return try await http.send(HTTPRequest("GET", url + "/health")).status == 200 } catch {
                    return false
                }
            }
            #expect(ready)
            _ = try await bench.upload()
            let bare = try await http.send(HTTPRequest("PUT", url + "/control/share", body: .bytes(Array("{}".utf8))))
            #expect(bare.status == 401)
            let token = [(name: "Authorization", value: "Bearer token")]
            #expect(try await bench.isState(.queued))
            let body = HTTPRequest.Body.bytes(Array(#"{"from":0,"to":100}"#.utf8))
            let put = try await http.send(HTTPRequest("PUT", url + "/control/share", headers: token, body: body))
            #expect(put.status == 200)
            let onRecord = try await bench.database.read { try Workers.all(on: $0) }
            #expect(onRecord.contains { $0.instance == "w1" && $0.share == .all }, "before it answered")
            #expect(try await eventually { try await bench.isState(.done) })
            let wide = HTTPRequest.Body.bytes(Array(#"{"from":0,"to":101}"#.utf8))
            let wrong = try await http.send(HTTPRequest("PUT", url + "/control/share", headers: token, body: wide))
            #expect(wrong.status == 422 && parts.state.share == .all)
            let health = try await http.send(HTTPRequest("GET", url + "/health")).text
            #expect(health.contains(#""release":"v1""#) && health.contains(#""status":"ready""#))
            let metrics = try await http.send(HTTPRequest("GET", url + "/metrics")).text
            #expect(metrics.contains(#"pipeline_jobs_total{release="v1",outcome="complete"} 1"#))
            #expect(metrics.hasSuffix("# EOF\n"))
            let spent = try await bench.database.read { connection in
                try connection.query("SELECT SUM(nanos) AS nanos FROM ledger_posting WHERE nanos > 0", [])
                    .first?.get("nanos", as: Int64.self)
            }
            let sum = Double(try #require(spent)) / 1_000_000_000
            let told = try await eventually {
                let text = try await http.send(HTTPRequest("GET", url + "/metrics")).text
                return text.contains("pipeline_job_cost_dollars_count{release=\"v1\"} 1\n")
                    && text.contains("pipeline_job_cost_dollars_sum{release=\"v1\"} \(sum)\n")
            }
            #expect(told && sum > 0)
        }
    }

    @Test func `the drill ends the process when the first job begins, and the job is not lost`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        var environment = bench.environment()
        let (calls, called) = AsyncStream<Void>.makeStream()
        environment.drill = { called.yield() }
        #expect(try await bench.runOne(environment) == .complete)
        called.finish()
        #expect(await calls.reduce(0) { count, _ in count + 1 } == 1)
    }
}
