import Documents
import Foundation
import Storage
import TestSupport
import Testing

@Suite(.serialized, .timeLimit(.minutes(5))) struct `Workers that are killed` {
    private static let jobs = 24
    private static let pages = (0..<3).map { page in
        ["Flood insurance part \(page)", ""] + (0..<25).map { "Line \($0) of page \(page) tells of cellars." }
    }

    @Test(arguments: [false, true])
    func `at every stage, under load, end each job exactly once, and chunks and ledger agree`(
        postgresql: Bool
    ) async throws {
        let fleet = try await WorkerFleet(postgresql: postgresql)
        let pdf = fleet.folder.file("a.pdf")
        try Data(SamplePDF(pages: Self.pages).bytes).write(to: URL(fileURLWithPath: pdf))
        try await fleet.setFaults(#"{"latency_ms":60}"#)
        for number in 0..<Self.jobs { try await fleet.upload(number, pdf) }
        var workers: [String: RunningCommand] = [:]
        for number in 0..<3 { workers["w\(number)"] = try fleet.start("w\(number)") }
        let embedding: [JobStatus] = [.chunksStored, .embeddingQueued, .embeddingInProgress, .embeddingsStored]
        let stages: [[JobStatus]] = [
            [.parseQueued], [.parsed, .parseValidated, .chunking], embedding, [.parseQueued], embedding,
        ]
        for (round, stage) in stages.enumerated() {
            var victim: String?
            // The middle stage is over in a moment: whoever is at any stage will do when nobody is seen there in time.
            _ = try await eventually(within: .seconds(3)) { try await fleet.owner(at: stage) != nil }
            victim = try await fleet.owner(at: stage)
            if victim == nil { victim = try await fleet.owner(at: JobStatus.path) }
            let name = victim ?? "w0"
            workers[name]?.signal(SIGKILL)
            _ = try await workers[name]?.result()
            workers["v\(round)"] = try fleet.start("v\(round)")
        }
        let isDone = try await eventually(within: .seconds(200)) {
            try await fleet.states().allSatisfy { $0 == "done" }
        }
        let states = try await fleet.states()
        #expect(isDone, "\(states)")
        for number in 0..<Self.jobs { try await expectOneEnd(of: WorkerFleet.id(number), fleet) }
        let lost = try await fleet.database.read { connection in
            try connection.query("SELECT SUM(lost_leases) AS n FROM jobs")[0].get("n", as: Int.self)
        }
        #expect(lost > 0, "the kills hit nobody")
        for worker in workers.values { try await worker.stop() }
        try await fleet.close()
    }

    private func expectOneEnd(of id: String, _ fleet: WorkerFleet) async throws {
        let (job, events, chunks, costs, vectors) = try await fleet.database.read { connection in
            let job = try #require(try JobList.job(id, on: connection))
            return (
                job, try JobEvents.of(job: id, on: connection),
                try DocumentContents.chunks(of: job.documentID, on: connection),
                try connection.query(
                    "SELECT provider, quantity FROM ledger_transfer WHERE reference = ? ORDER BY id", [id]),
                try connection.query(
                    "SELECT COUNT(*) AS n FROM chunks WHERE document_id = ? AND vector IS NOT NULL AND model = ?",
                    [job.documentID, EmbeddingRules.model])[0].get("n", as: Int.self)
            )
        }
        #expect(job.status == .complete)
        #expect(events.count { $0.event.kind == .finalized } == 1)
        #expect(events.map(\.sequence) == Array(1...events.count))
        #expect(chunks.map(\.ordinal) == Array(chunks.indices) && !chunks.isEmpty && vectors == chunks.count)
        let parses = try costs.filter { try $0.get("provider", as: String.self) == "llamaparse" }
        #expect(try parses.map { try $0.get("quantity", as: Int.self) } == [Self.pages.count], "\(id) paid twice")
        let tokens = try costs.filter { try $0.get("provider", as: String.self) == "openai" }
            .map { try $0.get("quantity", as: Int.self) }
        #expect(tokens.reduce(0, +) == chunks.reduce(0) { $0 + max(1, ($1.text.utf8.count + 3) / 4) })
    }
}
