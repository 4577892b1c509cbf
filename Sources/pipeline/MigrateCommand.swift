import API
import ArgumentParser
import Documents
import Foundation
import Storage

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database's tables up to date.",
        discussion: "Reads UPLOAD_PIPELINE_DATABASE_URL. Doing it again changes nothing.")

    func run() async throws {
        let settings = try DatabaseSettings.load(
            module: "migration", environment: ProcessInfo.processInfo.environment)
        let address = settings.url.reveal()
        if address.hasPrefix("sqlite:") { try makeFolder(of: String(address.dropFirst(7))) }
        let database = try Databases.open(address: address)
        for migrator in PipelineMigrations.all {
            // An earlier release has nothing to add to what a later one has done.
            let isDone = try await migrator.pending(database).isEmpty
            let applied = isDone ? [] : try await migrator.migrate(database, now: WallClock.microseconds())
            print(
                "\(migrator.owner): " + (applied.isEmpty ? "up to date" : "applied \(applied.joined(separator: ", "))"))
        }
        let installed = try await VectorExtension.install(in: database)
        let obstacle = if let installed { installed } else { try await ChunkIndex.prepare(database) }
        print("search index: " + (obstacle.map { "none, each vector is looked at: \($0)" } ?? "ready"))
        await database.close()
    }

    private func makeFolder(of file: String) throws {
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }
}
