import Contract
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport
import Testing

/// Worker processes and the providers' stand-ins, as they are run in production, on one database.
final class WorkerFleet: Sendable {
    let database: any Database
    let objects: DiskStorage
    let folder: TemporaryFolder
    private let address: String
    private let program: String
    private let simulator: RunningCommand
    private let simulatorURL: String
    let http = HTTPClient(name: "test")

    init(postgresql: Bool) async throws {
        folder = try TemporaryFolder()
        program = try BuildProducts.path("pipeline")
        address = postgresql ? try await PostgresServer.freshDatabase() : "sqlite:\(folder.file("documents.sqlite"))"
        database = try Databases.open(address: address)
        for migrator in PipelineMigrations.all { try await migrator.migrate(database, now: WallClock.microseconds()) }
        objects = try DiskStorage(folder: folder.file("files"))
        let port = try freePort()
        simulatorURL = "http://127.0.0.1:\(port)"
        simulator = try RunningCommand(
            program, ["simulate", "--port", "\(port)", "--state-dir", folder.file("stand-ins")], directory: folder.path)
        let (http, url) = (http, simulatorURL)
        let isUp = await eventually {
            do { return try await http.send(HTTPRequest("GET", "\(url)/health")).status == 200 } catch { return false }
        }
        #expect(isUp)
    }

    func setFaults(_ json: String) async throws {
        let body = HTTPRequest.Body.bytes(Array(json.utf8))
        #expect(try await http.send(HTTPRequest("PUT", "\(simulatorURL)/_faults", body: body)).status == 200)
    }

    /// - Parameter changes: variables without their prefix.
    func start(
        _ instance: String, as command: String = "worker", _ changes: [String: String] = [:]
    ) throws -> RunningCommand {
        let variables = [
            "ENVIRONMENT": "test", "DATABASE_URL": address, "STORAGE": "disk:\(objects.folder)",
            "PORT": "\(try freePort())", "LLAMAPARSE_API_KEY": "key", "OPENAI_API_KEY": "key",
            "LLAMAPARSE_URL": simulatorURL, "OPENAI_URL": simulatorURL,
        ].merging(changes) { $1 }
        var environment = variables.reduce(into: [:]) { $0["UPLOAD_PIPELINE_" + $1.key] = $1.value }
        environment[InstanceEnvironment.instance] = instance
        return try RunningCommand(program, [command], directory: folder.path, environment: environment)
    }

    /// A job's id; a UUID, as the API asks for.
    static func id(_ number: Int) -> String { "00000000-0000-4000-8000-" + String(format: "%012d", number) }

    /// A job of a user of its own, whose bytes are stored.
    func upload(_ number: Int, _ pdf: String) async throws {
        let user = "user-\(number)"
        let upload = NewUpload(
            userID: user, filename: "\(number).pdf", bytesLength: 1, sha256: "sha", ocr: false,
            correlationID: "c-\(number)", jobID: Self.id(number), webhookSecret: "s")
        let now = WallClock.microseconds()
        let limits = UploadLimits(concurrentJobs: 9, uploadsPerDay: 9)
        let job = try await database.write { connection in
            try Uploads.create(upload, limits: limits, now: now, on: connection).job
        }
        _ = try await objects.put(key: DocumentIdentity.objectKey(user: user, document: job.documentID), file: pdf)
        _ = try await database.write { try Uploads.bytesArrived(job: job.id, now: now, on: $0) }
    }

    /// Whose worker is at such a status now, if anybody's.
    func owner(at statuses: [JobStatus]) async throws -> String? {
        let names = statuses.map(\.rawValue)
        let places = names.map { _ in "?" }.joined(separator: ", ")
        let rows = try await database.read { connection in
            try connection.query(
                "SELECT lease_owner FROM jobs WHERE state = 'working' AND status IN (\(places)) LIMIT 1", names)
        }
        return try rows.first?.get("lease_owner")
    }

    func states() async throws -> [String] {
        try await database.read { connection in
            try connection.query("SELECT state FROM jobs ORDER BY id").map { row in try row.get("state") }
        }
    }

    func close() async throws {
        try await simulator.stop()
        await database.close()
        http.close()
    }
}
