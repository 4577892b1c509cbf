import Documents
import Foundation
import Storage
import Testing

@testable import Worker

@Suite(.timeLimit(.minutes(5))) struct `Cleaning up` {
    private func files(_ bench: Bench) throws -> [String] {
        let names = FileManager.default.enumerator(atPath: bench.objects.folder)?.allObjects as? [String] ?? []
        return names.filter { $0.contains(".") }
    }

    @Test func `removes a finished job's file after the retention, and search still finds what was made of it`()
        async throws
    {
        let bench = try await Bench()
        let job = try await bench.upload()
        #expect(try await bench.runOne(bench.environment()) == .complete)
        let housekeeping = Housekeeping(environment: bench.environment(change: { $0.retention.files = .seconds(3600) }))
        await housekeeping.tidy()
        #expect(try files(bench).count == 1)
        bench.pass(.seconds(3601))
        await housekeeping.tidy()
        #expect(try files(bench).isEmpty)
        let chunks = try await bench.database.read { try DocumentContents.chunks(of: job.documentID, on: $0) }
        #expect(chunks.count == 2)
        #expect(try await bench.isState(.done))
        let removals = try await bench.database.write { try FileRemovals.due(on: $0) }
        #expect(removals.isEmpty)
    }

    @Test func `removes the file of a document that was deleted by a process that was killed then`() async throws {
        let bench = try await Bench()
        let job = try await bench.upload()
        let now = bench.now
        _ = try await bench.database.write { connection in
            try DocumentContents.delete(document: job.documentID, user: "ada", now: now, on: connection)
        }
        #expect(try files(bench).count == 1)
        await Housekeeping(environment: bench.environment()).tidy()
        #expect(try files(bench).isEmpty)
    }

    @Test func `removes half-written files that nobody writes to any more, and no others`() async throws {
        let bench = try await Bench()
        _ = try await bench.upload()
        let folder = URL(fileURLWithPath: bench.objects.folder).appendingPathComponent("ada")
        let (old, new) = (folder.appendingPathComponent("a.pdf.1.partial"), folder.appendingPathComponent("b.partial"))
        for file in [old, new] { try Data("half".utf8).write(to: file) }
        let time = Date(timeIntervalSince1970: Double(bench.now) / 1e6)
        let attributes = FileManager.default
        try attributes.setAttributes([.modificationDate: time.addingTimeInterval(-3700)], ofItemAtPath: old.path)
        try attributes.setAttributes([.modificationDate: time.addingTimeInterval(-3500)], ofItemAtPath: new.path)
        await Housekeeping(environment: bench.environment()).sweep()
        #expect(try files(bench).filter { $0.hasSuffix(".partial") } == ["ada/b.partial"])
        #expect(try files(bench).count == 2)
    }
}
