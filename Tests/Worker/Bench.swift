import Documents
import Foundation
import Ledger
import Logging
import Storage
import Synchronization
import TestSupport

@testable import Worker

/// A provider that answers as the test says.
final class ScriptedProvider: DocumentParser, Embedder {
    private struct State {
        var parses = 0
        var embeds = 0
        var isPending = false
        var order: ParseOrder?
        var parse: @Sendable (Int) async throws(ProviderError) -> ParsedDocument
        var embed: @Sendable (Int, [String]) async throws(ProviderError) -> Embeddings
    }

    private let state: Mutex<State>

    init() {
        state = Mutex(
            State(
                parse: { _ async throws(ProviderError) in
                    ParsedDocument(markdown: "# One\nfirst\n# Two\nsecond", pages: 2, requestID: "p")
                },
                embed: { _, texts async throws(ProviderError) in
                    let vector = [Float](repeating: 0.1, count: EmbeddingRules.dimensions)
                    return Embeddings(
                        vectors: texts.map { _ in vector }, totalTokens: 7, requestID: "e", model: EmbeddingRules.model)
                }))
    }

    var parses: Int { state.withLock { $0.parses } }
    var embeds: Int { state.withLock { $0.embeds } }

    func onParse(_ body: @escaping @Sendable (Int) async throws(ProviderError) -> ParsedDocument) {
        state.withLock { $0.parse = body }
    }

    func onEmbed(_ body: @escaping @Sendable (Int, [String]) async throws(ProviderError) -> Embeddings) {
        state.withLock { $0.embed = body }
    }

    /// What was asked for with the last document.
    var order: ParseOrder? { state.withLock { $0.order } }

    func submit(_ order: ParseOrder, limit: Duration) async throws(ProviderError) -> ParseTicket {
        let number = state.withLock { state in
            state.parses += 1
            state.order = order
            return state.parses
        }
        return ParseTicket(id: "\(number)")
    }

    func collect(
        _ ticket: ParseTicket, correlationID: String, limit: Duration
    ) async throws(ProviderError) -> ParsedDocument? {
        let (isPending, body) = state.withLock { ($0.isPending, $0.parse) }
        return isPending ? nil : try await body(Int(ticket.id) ?? 0)
    }

    /// Whether documents are still being parsed.
    func setPending(_ isPending: Bool) { state.withLock { $0.isPending = isPending } }

    func embed(_ texts: [String], correlationID: String) async throws(ProviderError) -> Embeddings {
        let (number, body) = state.withLock { state in
            state.embeds += 1
            return (state.embeds, state.embed)
        }
        return try await body(number, texts)
    }
}

/// A worker on a real database, with scripted providers and a clock that the test moves.
final class Bench: Sendable {
    let database: any Database
    let objects: DiskStorage
    let provider = ScriptedProvider()
    let clock = Atomic<Int64>(1_700_000_000_000_000)
    private let folder: TemporaryFolder

    /// - Parameter address: of a database of the test's own.
    init(postgresql: Bool = false, address: String? = nil) async throws {
        folder = try TemporaryFolder()
        let usual =
            postgresql ? try await PostgresServer.freshDatabase() : "sqlite:\(folder.file("documents.sqlite"))"
        let address = address ?? usual
        database = try Databases.open(address: address)
        objects = try DiskStorage(folder: folder.file("files"))
        for migrator in PipelineMigrations.all { try await migrator.migrate(database, now: 1) }
    }

    var now: Int64 { clock.load(ordering: .sequentiallyConsistent) }

    func pass(_ duration: Duration) {
        clock.add(duration.microseconds, ordering: .sequentiallyConsistent)
    }

    func environment(
        _ instance: String = "w1", release: String = "v1", wait: @escaping @Sendable (String) -> Double? = { _ in nil },
        change: (inout WorkerOptions) -> Void = { _ in }
    ) -> WorkerEnvironment {
        var options = WorkerOptions()
        options.heartbeatInterval = .milliseconds(50)
        options.pollInterval = .milliseconds(20)
        options.drainLimit = .milliseconds(200)
        change(&options)
        let now: @Sendable () -> Int64 = { self.now }
        return WorkerEnvironment(
            instance: instance, release: release, database: database, parser: provider, embedder: provider,
            objects: objects, payments: LedgerPayments(database: database, now: now),
            completions: CompletionDesk(database: database, now: now), options: options,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: now, jitter: { 1 },
            providerWait: wait)
    }

    /// A job whose bytes are stored.
    func upload(_ number: Int = 1, user: String = "ada", pin: String? = nil) async throws -> JobRecord {
        let now = now
        let upload = NewUpload(
            userID: user, filename: "\(number).pdf", bytesLength: 12, sha256: "sha-\(number)", ocr: false,
            correlationID: "correlation-\(number)", jobID: user == "ada" ? "job-\(number)" : "job-\(user)-\(number)",
            webhookSecret: "s", pinRelease: pin)
        let limits = UploadLimits(concurrentJobs: 100, uploadsPerDay: 100)
        let job = try await database.write { connection in
            try Uploads.create(upload, limits: limits, now: now, on: connection).job
        }
        let file = try folder.write("upload-\(number)", "/Type/Page /Type/Page")
        _ = try await objects.put(
            key: DocumentIdentity.objectKey(user: user, document: job.documentID), file: file)
        return try await database.write { connection in
            try Uploads.bytesArrived(job: job.id, now: now, on: connection) ?? job
        }
    }

    func job(_ id: String = "job-1") async throws -> JobRecord? {
        try await database.read { connection in try JobList.job(id, on: connection) }
    }

    func isState(_ state: JobState, _ id: String = "job-1") async throws -> Bool {
        try await job(id)?.state == state
    }

    /// Claims one job and takes it as far as it gets.
    func runOne(_ environment: WorkerEnvironment, _ state: WorkerState = WorkerState(share: .all)) async throws
        -> JobOutcome?
    {
        guard let request = environment.claimRequest(share: state.share, budget: state.budget) else { return nil }
        let now = now
        let claimed = try await database.write { connection in
            try JobQueue.claim(request, now: now, on: connection)
        }
        guard let claimed else { return nil }
        return await JobRunner(environment: environment, state: state, metrics: WorkerMetrics()).run(claimed).outcome
    }

    func cost(_ job: String = "job-1") async throws -> Int64 {
        try await database.read { connection in try Ledger.cost(of: job, on: connection).count }
    }

    func held() async throws -> Int64 {
        let now = now
        return try await database.read { connection in
            try Ledger.spend(on: connection, day: Ledger.day(of: now), at: now).first?.held.count ?? 0
        }
    }

    func events(_ job: String = "job-1") async throws -> [StoredJobEvent] {
        try await database.read { connection in try JobEvents.of(job: job, on: connection) }
    }

    func setBudget(_ dollars: String) async throws {
        let now = now
        try await database.write { connection in
            guard let limit = Nanodollars(dollars: dollars) else { return }
            try Ledger.setBudget(Ledger.total, limit: limit, reason: "test", on: connection, at: now)
        }
    }
}
