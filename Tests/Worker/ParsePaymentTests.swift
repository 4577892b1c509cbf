import Documents
import Foundation
import HTTPClient
import Ledger
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Worker

/// What a document's parsing is allowed to cost, whatever happens to it meanwhile.
@Suite(.timeLimit(.minutes(5))) struct `A parse that is paid for` {
    private static let page: Int64 = 3_000_000

    private func isFrozen(_ bench: Bench) async throws -> Bool {
        let now = bench.now
        return try await bench.database.read { connection in
            try Ledger.spend(on: connection, day: Ledger.day(of: now), at: now).contains(where: \.isFrozen)
        }
    }

    @Test func `reads one page more than a document seems to have, and no more`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        #expect(try await bench.runOne(bench.environment()) == .complete)
        #expect(bench.provider.order?.mostPages == 3)
        #expect(bench.provider.order?.ocr == false)
    }

    @Test func `is refused when more pages come than could be seen, is paid, and freezes nobody's budget`() async throws
    {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onParse { _ async throws(ProviderError) in
            ParsedDocument(markdown: "# One", pages: 3, requestID: "p")
        }
        #expect(try await bench.runOne(bench.environment()) == .deadletter)
        #expect(try await bench.job()?.lastError?.contains("more than the 2 pages") == true)
        #expect(try await bench.cost() == 3 * Self.page)
        #expect(try await !isFrozen(bench))
    }

    @Test func `is refused with more pages than are allowed, and freezes nobody's budget`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onParse { _ async throws(ProviderError) in
            ParsedDocument(markdown: "# One", pages: 3, requestID: "p")
        }
        #expect(try await bench.runOne(bench.environment(change: { $0.maximumPages = 2 })) == .deadletter)
        #expect(try await bench.job()?.lastError?.contains("3 pages; 2 are allowed") == true)
        #expect(try await !isFrozen(bench))
    }

    @Test(arguments: [false, true])
    func `is paid out of what was set aside when its document is deleted meanwhile`(postgresql: Bool) async throws {
        let bench = try await Bench(postgresql: postgresql)
        let job = try await bench.upload()
        bench.provider.onParse { [bench] _ async throws(ProviderError) in
            let now = bench.now
            do {
                _ = try await bench.database.write { connection in
                    try DocumentContents.delete(document: job.documentID, user: "ada", now: now, on: connection)
                }
            } catch { throw .network(provider: "test", detail: "\(error)") }
            return ParsedDocument(markdown: "text", pages: 2, requestID: "p")
        }
        #expect(try await bench.runOne(bench.environment()) == .lost)
        #expect(try await bench.cost() == 2 * Self.page)
        #expect(try await bench.held() == 0)
        #expect(try await !isFrozen(bench))
        await bench.database.close()
    }

    @Test func `is not ended by a worker that has lost its job`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onParse { [bench] _ async throws(ProviderError) in
            bench.pass(.seconds(61))
            let now = bench.now
            do {
                _ = try await bench.database.write { try JobQueue.reap(now: now, on: $0) }
            } catch { throw .network(provider: "test", detail: "\(error)") }
            throw .unusable(provider: "llamaparse", detail: "its job failed")
        }
        #expect(try await bench.runOne(bench.environment()) == .lost)
        let request = try await bench.database.read { try ParseRequests.find(job: "job-1", on: $0) }
        #expect(request != nil, "whoever has the job next asks for it")
        #expect(try await bench.cost() == 0)
        #expect(try await bench.held() == 3 * Self.page)
    }

    @Test func `is set aside for once, however long it takes`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.setPending(true)
        let environment = bench.environment(change: { $0.parsePatience = .zero })
        #expect(try await bench.runOne(environment) == .waiting)
        let deadline = try await bench.database.read { try ParseRequests.find(job: "job-1", on: $0)?.deadline } ?? 0
        try await bench.database.write { connection in
            _ = try connection.execute("UPDATE parse_requests SET deadline_at = ?", [deadline + 3_600_000_000])
        }
        bench.pass(.seconds(601))
        #expect(try await bench.runOne(environment) == .waiting)
        try await environment.payments.tidy()
        #expect(try await bench.held() == 3 * Self.page)
    }

    @Test func `whose file cannot be made ready goes back as it was, and nothing is left behind`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        let folder = try TemporaryFolder()
        let path = try folder.write("a.pdf", "%PDF")
        let http = HTTPClient(name: "test")
        defer { http.close() }
        let client = LlamaParseClient(
            endpoint: ProviderEndpoint(url: "http://127.0.0.1:1", key: Credential("k")), http: http,
            formFolder: folder.file("missing"))
        let order = ParseOrder(path: path, filename: "a.pdf", correlationID: "c", mostPages: 2)
        let error = await #expect(throws: ProviderError.self) {
            _ = try await client.submit(order, limit: .seconds(5))
        }
        guard case .unprepared = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(error?.isRetryable == true && error?.isNoAttempt == true && error?.mayBeBilled == false)
        let stage = StageError.provider(try #require(error), stage: .parse, isCancelled: false)
        guard case .environment = stage else { return #expect(Bool(false), "\(stage)") }
    }

    @Test func `is sent from a form that goes afterwards, and is swept away if its worker is killed`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a.pdf", "%PDF")
        let forms = Forms()
        let client = LlamaParseClient(
            endpoint: ProviderEndpoint(url: "http://127.0.0.1:1", key: Credential("k")), http: forms,
            formFolder: folder.path)
        let order = ParseOrder(path: path, filename: "a.pdf", correlationID: "c", mostPages: 2)
        #expect(try await client.submit(order, limit: .seconds(5)).id == "p1")
        let killed = try #require(forms.copy)
        _ = try await DiskStorage(folder: folder.path).put(key: "kept.pdf", file: path)
        #expect(try await DiskStorage(folder: folder.path).sweep(before: .max) == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["a.pdf", "kept.pdf"])
        #expect(killed.hasPrefix(folder.path))
    }

    /// Copies the form that it is given beside it, as a killed worker leaves it.
    private final class Forms: HTTPSending {
        private let made = Mutex<String?>(nil)
        var copy: String? { made.withLock { $0 } }

        func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
            if case .file(let path) = request.body {
                let copy = path.replacing(".form", with: "-2.form")
                do { try FileManager.default.copyItem(atPath: path, toPath: copy) } catch { Issue.record(error) }
                made.withLock { $0 = copy }
            }
            return HTTPResponse(
                status: 200, headers: [], body: Array(#"{"id":"p1"}"#.utf8),
                timings: HTTPTimings(dns: 0, connect: 0, tls: 0, firstByte: 0, total: 0))
        }

        func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamedResponse {
            throw .cancelled(url: request.url)
        }
    }
}

@Suite(.timeLimit(.minutes(5))) struct `A call whose answer never came` {
    @Test func `is left set aside until it lapses, and is reported as unknown`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        bench.provider.onEmbed { number, texts async throws(ProviderError) in
            if number == 1 { throw .timeout(provider: "openai", seconds: 30) }
            let vector = [Float](repeating: 0.2, count: EmbeddingRules.dimensions)
            return Embeddings(
                vectors: texts.map { _ in vector }, totalTokens: 5, requestID: "e", model: EmbeddingRules.model)
        }
        let environment = bench.environment()
        #expect(try await bench.runOne(environment) == .retried)
        #expect(try await bench.held() > 0)
        bench.pass(.seconds(3))
        #expect(try await bench.runOne(environment) == .complete)
        bench.pass(.seconds(901))
        // Another worker: this one has seen its clock step, and ends nobody's hold.
        try await bench.environment("w2").payments.tidy()
        #expect(try await bench.held() == 0)
        let unknown = try await bench.database.read { connection in
            try connection.query("SELECT COUNT(*) AS n FROM ledger_hold WHERE outcome = 'expired'")[0]
                .get("n", as: Int.self)
        }
        #expect(unknown == 1)
    }
}
