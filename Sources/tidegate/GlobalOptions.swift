import ArgumentParser
import ControlPlane
import FoundationEssentials
import HTTPClient
import Secrets

/// What every command takes.
struct GlobalOptions: ParsableArguments {
    @Flag(name: .long, help: "Write JSON: one document, or one object a line for streams.")
    var json = false

    @Option(name: .long, help: "The project's folder (default: the nearest one that has environments/).")
    var project: String?

    @Option(name: .long, help: "Another engine's address (default: the project's own engine, started if need be).")
    var server: String?

    func findProject() throws -> Project {
        try Project.find(given: project, from: FileManager.default.currentDirectoryPath)
    }

    /// Whoever answers: the server that was named, or the project's engine, which is started when nobody is there.
    func connect() async throws -> Connection {
        let http = try Self.http()
        let caller = Self.caller
        if let server {
            let client = ControlClient(endpoint: .address(server), http: http, caller: caller)
            return Connection(client: client, starter: nil, http: http)
        }
        let project = try findProject()
        let starter = EngineStarter(project: project, executable: Self.executable, http: http)
        _ = try await starter.ensure { Terminal.complain($0) }
        let client = ControlClient(endpoint: .socket(project.socket), http: http, caller: caller)
        return Connection(client: client, starter: starter, http: http)
    }

    /// The project's own engine if it runs; it is not started.
    func runningEngine() async throws -> Connection? {
        let http = try Self.http()
        let project = try findProject()
        let starter = EngineStarter(project: project, executable: Self.executable, http: http)
        guard try await starter.running() != nil else { return nil }
        let client = ControlClient(endpoint: .socket(project.socket), http: http, caller: Self.caller)
        return Connection(client: client, starter: starter, http: http)
    }

    private static func http() throws -> HTTPClient {
        try SharedLibrary.load([.curl])
        return HTTPClient(maximumConnections: 8)
    }

    /// Who is at the keyboard, for the record.
    private static var caller: String {
        let environment = ProcessInfo.processInfo.environment
        return environment["TIDEGATE_ACTOR"] ?? environment["GITHUB_ACTOR"] ?? environment["USER"]
            ?? environment["LOGNAME"] ?? LoginName.current
    }

    private static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }
}

/// An open way to an engine.
struct Connection: Sendable {
    let client: ControlClient
    let starter: EngineStarter?
    /// Held for as long as requests run.
    let http: HTTPClient

    /// Starts the engine again after it went away, where that is ours to do.
    func revive() async throws {
        _ = try await starter?.ensure { Terminal.complain($0) }
    }

    /// Asks for what may be begun only once, again where the engine goes away before it answers.
    func begin(_ path: String, _ body: some Encodable) async throws -> StartedDocument {
        try await client.begin(path, body, key: UUID().uuidString, revive: revive)
    }

    /// Values of this shell that the engine would need and does not have.
    func carriedSecrets(for environment: String) async throws -> CarriedSecrets {
        let wanted = try await client.get(
            "/api/v1/environments/\(pathSegment(environment))/wanted", as: WantedDocument.self)
        let shell = ProcessInfo.processInfo.environment
        var values: [String: Secret] = [:]
        for name in wanted.names { values[name] = shell[name].map(Secret.init) }
        return CarriedSecrets(values)
    }
}
