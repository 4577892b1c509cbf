import API
import Crypto
import Documents
import Foundation
import HTTPClient
import Logging
import ServiceLifecycle
import Simulators
import Storage
import TestSupport

/// The real API on a free port, with SQLite, files on disk and the providers' stand-ins.
struct RunningAPI: Sendable {
    static let secret = "k1:0123456789abcdef0123456789abcdef"

    let base: String
    /// Another replica over the same database and files; the first one when there is only one.
    var other: String
    let settings: APISettings
    let database: any Database
    let folder: TemporaryFolder
    let http: HTTPClient
    let clock: MicrosecondClock

    /// What a server is started with, beyond its variables.
    struct Options: Sendable {
        var limits = ConnectionLimits.usual
        var pace = BodyPace.usual
        var passwordsAtOnce = 64
        var clock: MicrosecondClock = WallClock.microseconds
        var hasReplica = false
        /// Called with the folder before anything is in it.
        var prepare: @Sendable (TemporaryFolder) throws -> Void = { _ in }
    }

    /// Runs `body` against a server of its own, and ends everything afterwards.
    /// - Parameter changes: variables besides the usual; an empty value removes one.
    static func with(
        _ changes: [String: String] = [:], platform: [String: String] = [:], options: Options = Options(),
        _ body: @Sendable (RunningAPI) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try options.prepare(folder)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        try await serving(
            logger, { try Simulator(port: 0, folder: folder.file("sim"), logger: logger, onRunning: $0) }
        ) { providerPort in
            let environment = variables(folder, providerPort).merging(changes) { $1 }.filter { !$0.value.isEmpty }
            var reader = SettingsReader(environment: environment)
            var settings = APISettings(from: &reader)
            settings.common.port = 0
            try await with(settings, environment.merging(platform) { $1 }, folder, logger, options, body)
        }
    }

    private static func with(
        _ settings: APISettings, _ environment: [String: String], _ folder: TemporaryFolder, _ logger: Logger,
        _ options: Options, _ body: @Sendable (RunningAPI) async throws -> Void
    ) async throws {
        let database = try Databases.open(address: settings.common.databaseURL.reveal())
        for migrator in PipelineMigrations.all { try await migrator.migrate(database, now: WallClock.microseconds()) }
        let http = HTTPClient(name: "test")
        let calls = MeasuredHTTP(http, random: RandomBytes.make)
        let identity = InstanceIdentity(contract: PipelineContracts.api, environment: environment)
        let server = { @Sendable (database: any Database, onRunning: @escaping @Sendable (Int) -> Void) throws in
            APIServer(
                settings: settings, identity: identity, database: database,
                storage: try DiskStorage(folder: settings.common.storage.folder),
                providers: ServiceRouter(
                    settings: settings.common.providers, http: calls, formFolder: settings.common.storage.folder),
                calls: calls,
                logger: logger,
                clock: options.clock, limits: options.limits, pace: options.pace,
                passwordsAtOnce: options.passwordsAtOnce, onRunning: onRunning)
        }
        try await serving(logger, { try server(database, $0) }) { port in
            var api = RunningAPI(
                base: "http://127.0.0.1:\(port)", other: "http://127.0.0.1:\(port)", settings: settings,
                database: database, folder: folder, http: http, clock: options.clock)
            guard options.hasReplica else { return try await body(api) }
            let own = try Databases.open(address: settings.common.databaseURL.reveal())
            try await serving(logger, { try server(own, $0) }) { port in
                api.other = "http://127.0.0.1:\(port)"
                try await body(api)
            }
            await own.close()
        }
        await database.close()
        http.close()
    }

    /// Runs a service while `body` runs; `body` is given the port on which it listens.
    private static func serving(
        _ logger: Logger, _ make: (@escaping @Sendable (Int) -> Void) throws -> any Service,
        _ body: (Int) async throws -> Void
    ) async throws {
        let (started, announce) = AsyncStream<Int>.makeStream()
        let service = try make { announce.yield($0) }
        let group = ServiceGroup(configuration: .init(services: [.init(service: service)], logger: logger))
        async let run: Void = {
            defer { announce.finish() }
            try await group.run()
        }()
        var iterator = started.makeAsyncIterator()
        let outcome: Result<Void, any Error>
        do {
            if let port = await iterator.next() { try await body(port) }
            outcome = .success(())
        } catch { outcome = .failure(error) }
        await group.triggerGracefulShutdown()
        try await run
        try outcome.get()
    }

    private static func variables(_ folder: TemporaryFolder, _ providerPort: Int) -> [String: String] {
        [
            "ENVIRONMENT": "test", "DATABASE_URL": "sqlite:\(folder.file("api.sqlite"))",
            "STORAGE": "disk:\(folder.file("files"))", "JWT_SECRET": secret,
            "LLAMAPARSE_API_KEY": "key", "LLAMAPARSE_URL": "http://127.0.0.1:\(providerPort)",
            "OPENAI_API_KEY": "key", "OPENAI_URL": "http://127.0.0.1:\(providerPort)",
        ].reduce(into: [:]) { $0["UPLOAD_PIPELINE_" + $1.key] = $1.value }
    }

    func token(
        _ user: String = RandomBytes.uuid(), role: String = "user", now: Int64? = nil
    ) async throws -> String {
        try await Tokens(settings: settings.tokens)!.sign(
            subject: user, role: role, session: nil, now: now ?? clock())
    }

    /// Registers somebody.
    func account(_ email: String = "\(RandomBytes.uuid())@example.com") async throws -> Account {
        let reply = try await call(
            "POST", "/api/v2/auth/register", json: ["email": email, "password": "correct horse"])
        let user = reply["user"] as? [String: Any] ?? [:]
        return Account(
            id: user["id"] as? String ?? "", email: email, token: reply.text("access_token"),
            refresh: reply.text("refresh_token"))
    }

    struct Account: Sendable {
        var id: String
        var email: String
        var token: String
        var refresh: String
    }

    /// Sends JSON, or nothing.
    func call(
        _ method: String, _ path: String, token: String? = nil, json: [String: Any]? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Reply {
        try await http.call(method, path, at: base, token: token, json: json, headers: headers)
    }

    func put(_ url: String, _ bytes: [UInt8], type: String = "application/pdf") async throws -> Reply {
        Reply(
            response: try await http.send(
                HTTPRequest("PUT", url, headers: [(name: "Content-Type", value: type)], body: .bytes(bytes))))
    }

    /// Announces a document.
    func announce(
        _ bytes: [UInt8], token: String, sha256: String? = nil, headers: [(name: String, value: String)] = []
    ) async throws -> Reply {
        let digest = sha256 ?? SHA256.hash(data: bytes).map { String(format: "%02x", $0) }.joined()
        return try await call(
            "POST", "/api/v2/upload", token: token,
            json: ["filename": "a.pdf", "bytes_len": bytes.count, "mime": "application/pdf", "sha256": digest],
            headers: headers)
    }
}

/// An answer, and its JSON.
struct Reply {
    let response: HTTPResponse
    var status: Int { response.status }

    subscript(_ key: String) -> Any? { object[key] }

    func text(_ key: String) -> String { object[key] as? String ?? "" }

    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(response.body)) as? [String: Any]) ?? [:]
    }
}

extension HTTPClient {
    /// Sends JSON, or nothing, to a path below `base` or to a whole address.
    func call(
        _ method: String, _ path: String, at base: String, token: String?, json: [String: Any]?,
        headers: [(name: String, value: String)]
    ) async throws -> Reply {
        var headers = headers
        if let token { headers.append((name: "Authorization", value: "Bearer \(token)")) }
        var body = HTTPRequest.Body.none
        if let json {
            headers.append((name: "Content-Type", value: "application/json"))
            body = .bytes(Array(try JSONSerialization.data(withJSONObject: json)))
        }
        let url = path.hasPrefix("http") ? path : base + path
        return Reply(
            response: try await send(HTTPRequest(method, url, headers: headers, body: body, timeout: .seconds(60)))
        )
    }
}
