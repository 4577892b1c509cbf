import Crypto
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport

/// Documents from their announcement to chunks with vectors, through real processes: how the throughput grows with workers,
/// and what the processes have in memory while very many pass.
struct DocumentTimes {
    private struct Stalled: Error, CustomStringConvertible {
        let description: String
    }

    /// Documents for each number of workers.
    private static let batch = 1_000
    private static let users = 20
    private static let senders = 8

    let programs: String
    let postgres: PostgresServer

    // MARK: Throughput by workers

    /// - Parameter canned: whether the stand-in reads no document; else `pdftotext` takes most of the machine.
    func growth(workers counts: [Int], canned: Bool) async throws {
        print(canned ? "Canned text:\n" : "`pdftotext`:\n")
        print("| Workers | Documents a second | Cores: workers | PostgreSQL | stand-ins |")
        print("|---|---|---|---|---|")
        for count in counts {
            let name = "documents_\(canned ? "canned" : "read")_\(count)"
            try await with(name) { pipeline, database in
                if canned { try await pipeline.parseForFree() }
                try await send(Self.batch, to: pipeline)
                let watch = ProcessorWatch(folders: [pipeline.folder.path, postgres.folder])
                let begin = ContinuousClock.now
                let workers = try (0..<count).map { _ in try pipeline.worker() }
                try await finished(Self.batch, in: database)
                let rate = Double(Self.batch) / ((ContinuousClock.now - begin) / .seconds(1))
                let cores = Dictionary(uniqueKeysWithValues: watch.cores().map { ($0.kind, $0.cores) })
                for worker in workers { try await worker.stop() }
                let used = ["worker", "PostgreSQL", "simulators"].map { "\((cores[$0] ?? 0).rounded(2))" }
                print("| \(count) | \(rate.rounded(1)) | \(used.joined(separator: " | ")) |")
            }
        }
    }

    // MARK: Very many

    /// Sends `count` documents while two workers take them.
    func passage(of count: Int) async throws {
        try await with("passage") { pipeline, database in
            try await pipeline.parseForFree()
            let api = try await pipeline.api()
            let workers = try (0..<2).map { _ in try pipeline.worker() }
            let processes = [("API", api.command)] + workers.enumerated().map { ("worker \($0 + 1)", $1) }
            print("| Documents done | after | " + processes.map { "\($0.0) (PSS)" }.joined(separator: " | ") + " |")
            print("|---|---|---|---|---|")
            let begin = ContinuousClock.now
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await send(count, to: pipeline, at: api.url) }
                for tenth in 1...10 {
                    try await finished(count * tenth / 10, in: database)
                    let memory = try processes.map { process in
                        "\(try ProcessMemory.megabytes(withChildrenOf: process.1.pid).rounded(1)) MB"
                    }
                    let seconds = ((ContinuousClock.now - begin) / .seconds(1)).rounded(0)
                    print("| \(count * tenth / 10) | \(seconds) s | \(memory.joined(separator: " | ")) |")
                }
                try await group.waitForAll()
            }
            for command in workers + [api.command] { try await command.stop() }
            try await account(for: count, in: database)
        }
    }

    /// Every document is done, with vectors, and paid for: parsed once and embedded once. What was bought again, because
    /// its first answer could not be recorded, is said.
    private func account(for count: Int, in database: any Database) async throws {
        let names = ["complete", "jobs", "documents", "paid", "again", "retries"]
        let row = try await database.read { connection in
            try connection.query(
                """
                WITH paid AS (SELECT reference, COUNT(*) AS postings FROM ledger_transfer
                    WHERE reference IN (SELECT id FROM jobs) GROUP BY reference)
                SELECT (SELECT COUNT(*) FROM jobs WHERE status = 'complete') AS complete,
                    (SELECT COUNT(*) FROM jobs) AS jobs,
                    (SELECT COUNT(DISTINCT document_id) FROM chunks WHERE vector IS NOT NULL) AS documents,
                    (SELECT COUNT(*) FROM paid WHERE postings >= 2) AS paid,
                    (SELECT COUNT(*) FROM paid WHERE postings > 2) AS again,
                    (SELECT COUNT(*) FROM job_events WHERE kind = 'retry') AS retries
                """)[0]
        }
        let sums = try names.map { try row.get($0, as: Int.self) }
        let told = zip(names, sums).map { "\($0) \($1)" }.joined(separator: ", ")
        print("\n\(told)")
        guard sums.prefix(4).allSatisfy({ $0 == count }) else {
            throw Stalled(description: "Of \(count) documents: \(told)")
        }
    }

    // MARK: Helpers

    private func with(
        _ name: String, _ body: (BundledPipeline, any Database) async throws -> Void
    ) async throws {
        let address = try await postgres.create(name)
        let pipeline = try await BundledPipeline(programs: programs, database: address)
        let database = try Databases.open(address: address)
        try await body(pipeline, database)
        await database.close()
        try await pipeline.stop()
    }

    private func send(_ count: Int, to pipeline: BundledPipeline) async throws {
        let api = try await pipeline.api()
        try await send(count, to: pipeline, at: api.url)
        try await api.command.stop()
    }

    /// Announces and sends documents of a page each, no two alike.
    private func send(_ count: Int, to pipeline: BundledPipeline, at url: String) async throws {
        var tokens: [String] = []
        for _ in 0..<Self.users { tokens.append(try await pipeline.token()) }
        let http = HTTPClient(maximumConnections: Self.senders, name: "benchmark")
        defer { http.close() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for sender in 0..<Self.senders {
                group.addTask { [tokens] in
                    for number in stride(from: sender, to: count, by: Self.senders) {
                        try await send(number, tokens[number % tokens.count], url, http)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func send(_ number: Int, _ token: String, _ url: String, _ http: HTTPClient) async throws {
        let pdf = SamplePDF(pages: [["Policy \(number)", "covers floods."]]).bytes
        let digest = SHA256.hash(data: pdf).map { String(format: "%02x", $0) }.joined()
        let body =
            #"{"filename":"\#(number).pdf","bytes_len":\#(pdf.count),"mime":"application/pdf","sha256":"\#(digest)"}"#
        let announced = try await http.send(
            HTTPRequest(
                "POST", "\(url)/api/v2/upload",
                headers: [
                    (name: "Authorization", value: "Bearer \(token)"),
                    (name: "Content-Type", value: "application/json"),
                ], body: .bytes(Array(body.utf8))))
        let answer = try JSONDecoder().decode([String: String].self, from: Data(announced.body))
        guard announced.status == 200, let address = answer["signed_url"] else {
            throw WrongUse(word: "\(url) answered \(announced.status) to an upload")
        }
        let sent = try await http.send(
            HTTPRequest(
                "PUT", address, headers: [(name: "Content-Type", value: "application/pdf")], body: .bytes(pdf)))
        guard sent.status == 204 else { throw WrongUse(word: "\(address) answered \(sent.status)") }
    }

    /// Returns when so many jobs are complete.
    private func finished(_ count: Int, in database: any Database) async throws {
        let isDone = try await eventually(within: .seconds(1_200), pause: .milliseconds(200)) {
            try await database.read { connection in
                try connection.query("SELECT COUNT(*) AS n FROM jobs WHERE state = 'done'")[0].get("n", as: Int.self)
            } >= count
        }
        guard isDone else { throw Stalled(description: "not even \(count) documents were done in 20 minutes") }
    }
}
