import ArgumentParser
import Documents
import Foundation
import HTTPClient
import Storage

/// Says whether a module could start where it stands, and changes nothing: what a platform asks before it starts one.
struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether a module could start here; change nothing.",
        discussion: """
            Reads the module's variables, the database, the storage folder, and asks the providers once. Exit 0 when it \
            could start, 1 when not, with a line for each reason. Example: pipeline check api
            """)

    @Argument(help: "api or worker.") var service: String

    func run() async throws {
        let settings = try settings()
        let http = HTTPClient(maximumConnections: 4, name: "check")
        defer { http.close() }
        async let schema = SchemaLook(address: settings.databaseURL.reveal()).problem
        async let providers = ProviderProbe(settings: settings.providers, http: http).probe(correlationID: "check")
        var problems = [StorageLook(folder: settings.storage.folder).problem, await schema].compactMap(\.self)
        for (name, health) in await providers.sorted(by: { $0.key < $1.key }) {
            switch health {
            case .healthy: break
            case .refused(let reason): problems.append(reason)
            case .unhealthy(let reason): print("\(name), which a start does not wait for: \(reason)")
            }
        }
        guard problems.isEmpty else {
            for problem in problems { FileHandle.standardError.write(Data("\(problem)\n".utf8)) }
            throw ExitCode(1)
        }
        print("\(service) could start here.")
    }

    private func settings() throws -> CommonSettings {
        let environment = ProcessInfo.processInfo.environment
        switch service {
        case "api": return try APISettings.load(module: "api", environment: environment).common
        case "worker": return try WorkerSettings.load(module: "worker", environment: environment).common
        default: throw ValidationError("There is no module \(service); choose api or worker.")
        }
    }
}

/// The folder of the files: there and writable, or to be made in one that is.
struct StorageLook {
    let folder: String

    var problem: String? {
        guard folder.hasPrefix("/") else { return "UPLOAD_PIPELINE_STORAGE names \(folder), which is no whole path." }
        var isFolder: ObjCBool = false
        var place = URL(fileURLWithPath: folder)
        while !FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder), place.path != "/" {
            place.deleteLastPathComponent()
        }
        guard isFolder.boolValue else { return "UPLOAD_PIPELINE_STORAGE: \(place.path) is no folder." }
        return access(place.path, W_OK) == 0
            ? nil : "UPLOAD_PIPELINE_STORAGE: \(place.path) cannot be written; chown it, or name another folder."
    }
}

/// The database: reached, and its history is this one's as far as both go. Neither what is not migrated yet is a problem
/// here, nor what a later release has added.
struct SchemaLook {
    let address: String

    var problem: String? {
        get async {
            do {
                if address.hasPrefix("sqlite:") {
                    try lookAtFile(String(address.dropFirst(7)))
                } else {
                    try await ask()
                }
                return nil
            } catch { return "UPLOAD_PIPELINE_DATABASE_URL: \(error)" }
        }
    }

    /// Opened for reading only, so that nothing appears beside it.
    private func lookAtFile(_ path: String) throws {
        let file = SQLiteFile(path: path)
        guard file.exists else { return }
        try file.read { connection in
            for migrator in PipelineMigrations.all { _ = try migrator.pending(connection) }
        }
    }

    private func ask() async throws {
        let database = try Databases.open(address: address)
        do {
            try await database.read { connection in
                for migrator in PipelineMigrations.all { _ = try migrator.pending(connection) }
            }
        } catch {
            await database.close()
            throw error
        }
        await database.close()
    }
}
