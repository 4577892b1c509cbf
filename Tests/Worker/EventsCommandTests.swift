import Documents
import Foundation
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The command for dead letters` {
    @Test func `lists them with the reason, refuses unknown ones, and sends them again`() async throws {
        let folder = try TemporaryFolder()
        let address = "sqlite:\(folder.file("documents.sqlite"))"
        let database = try Databases.open(address: address)
        for migrator in PipelineMigrations.all { try await migrator.migrate(database, now: 1) }
        try await deadLetter(database)
        let program = try BuildProducts.path("pipeline")
        let run = { @Sendable (arguments: [String]) in
            try await RunningCommand(
                program, ["events"] + arguments, directory: folder.path,
                environment: ["UPLOAD_PIPELINE_DATABASE_URL": address]
            ).result()
        }
        let list = try await run(["list", "--json"])
        #expect(list.exit == 0)
        #expect(list.output.contains(#""event":"job-1:1""#))
        #expect(list.output.contains(#""reason":"it answered with 500""#))
        #expect(try await run(["replay"]).exit == 64, "nothing is sent again by accident")
        let unknown = try await run(["replay", "job-9:1"])
        #expect(unknown.exit == 64 && unknown.errors.contains("pipeline events list"))
        #expect(try await run(["replay", "job-1:1"]).exit == 0)
        #expect(try await run(["list"]).output.contains("no dead letters"))
        let figures = try await database.read { try EventStreams.figures(on: $0) }
        #expect(figures == EventFigures(waitingStreams: 1, deadLetters: 0))
        await database.close()
    }

    private func deadLetter(_ database: any Database) async throws {
        let upload = NewUpload(
            userID: "ada", filename: "a.pdf", bytesLength: 12, sha256: "sha", ocr: false, correlationID: "c",
            jobID: "job-1", webhookSecret: "s")
        _ = try await database.write { connection in
            // Their times are long ago, and the command's is now.
            try EventStreams.register(["r"], now: 1, on: connection)
            try EventStreams.register(["r"], now: WallClock.microseconds(), on: connection)
            _ = try Uploads.create(
                upload, limits: UploadLimits(concurrentJobs: 9, uploadsPerDay: 9), now: 2, on: connection)
            _ = try Uploads.bytesArrived(job: "job-1", now: 2, on: connection)
            try EventStreams.relay(to: ["r"], now: 3, on: connection)
            for stream in try EventStreams.claim(for: "r", limit: 1, lease: 10, now: 3, on: connection) {
                let outcome = EventStreamOutcome(delivered: 0, failure: "it answered with 500")
                try EventStreams.settle(stream, outcome, now: 4, on: connection)
            }
        }
    }
}
