import Documents
import Foundation
import Ledger
import Storage
import TestSupport
import Testing

extension WorkerFleet {
    /// Jobs of users of their own, each with a document of one page.
    func upload(_ count: Int) async throws {
        let pdf = folder.file("one.pdf")
        let lines = ["Flood insurance", "", "Cellars are covered."]
        try Data(SamplePDF(pages: [lines]).bytes).write(to: URL(fileURLWithPath: pdf))
        for number in 0..<count { try await upload(number, pdf) }
    }

    func job(_ number: Int = 0) async throws -> JobRecord {
        let job = try await database.read { try JobList.job(Self.id(number), on: $0) }
        return try #require(job)
    }

    func events(_ number: Int = 0) async throws -> [StoredJobEvent] {
        try await database.read { try JobEvents.of(job: Self.id(number), on: $0) }
    }

    func areDone(within limit: Duration = .seconds(60)) async throws -> Bool {
        try await eventually(within: limit) { try await states().allSatisfy { $0 == "done" } }
    }

    /// What was bought for a job: units by provider, one for each posting.
    func bought(_ number: Int = 0) async throws -> [String: [Int]] {
        let rows = try await database.read { connection in
            try connection.query(
                "SELECT provider, quantity FROM ledger_transfer WHERE reference = ? AND kind = 'cost'",
                [Self.id(number)])
        }
        return try rows.reduce(into: [:]) { bought, row in
            bought[try row.get("provider"), default: []].append(try row.get("quantity"))
        }
    }

    /// Vectors in the database, and what is set aside for calls.
    func vectorsAndHolds() async throws -> (vectors: Int, holds: Int) {
        try await database.read { connection in
            (
                try connection.query("SELECT COUNT(*) AS n FROM chunks WHERE vector IS NOT NULL")[0].get("n"),
                try connection.query("SELECT COUNT(*) AS n FROM ledger_hold WHERE outcome IS NULL")[0].get("n")
            )
        }
    }

    /// Each job's document was parsed and embedded, and paid for, once.
    func expectPaidOnce(_ count: Int) async throws {
        for number in 0..<count {
            let bought = try await bought(number)
            #expect(bought["llamaparse"] == [1] && bought["openai"]?.count == 1, "\(number): \(bought)")
            #expect(try await events(number).count { $0.event.kind == .finalized } == 1)
        }
        #expect(try await vectorsAndHolds() == (count, 0))
    }
}
