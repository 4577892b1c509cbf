import Foundation
import Synchronization

/// A whole Tidegate of its own: a project folder with the shipped definitions on free ports, the provider simulators, the
/// control plane, and the command line to drive them.
package final class Stack: Sendable {
    package let folder: TemporaryFolder
    package let apiPort: Int
    package let simulatorPort: Int
    package let dashboardPort: Int
    /// Seconds of each bake in dev's strategy, short so that tests are.
    package let bake = 2
    package let tidegatePath: String
    package let pipelinePath: String
    /// Control planes that were started here, to be reaped when they end.
    private let engines = Mutex<[RunningCommand]>([])

    package var project: String { folder.path }
    package var api: String { "http://127.0.0.1:\(apiPort)" }
    /// Where people find the dashboard, by another name than what it listens on.
    package var publicURL: String { "http://localhost:\(dashboardPort)" }
    package var state: String { "\(project)/.tidegate" }

    /// - Parameter programs: the folder of the programs `tidegate` and `pipeline`; nil for those built with the tests.
    package init(programs: String? = nil) throws {
        folder = try TemporaryFolder()
        apiPort = try freePort()
        simulatorPort = try freePort()
        dashboardPort = try freePort()
        tidegatePath = try programs.map { "\($0)/tidegate" } ?? BuildProducts.path("tidegate")
        pipelinePath = try programs.map { "\($0)/pipeline" } ?? BuildProducts.path("pipeline")
        try copyDefinitions()
        try layOutArtifacts()
    }

    /// Runs `body` with everything started, and ends everything afterwards, whatever happened.
    /// - Parameters:
    ///   - prepare: called before anything is started.
    ///   - finish: called when everything has ended.
    package static func with(
        programs: String? = nil, prepare: (Stack) throws -> Void = { _ in }, finish: (Stack) throws -> Void = { _ in },
        _ body: (Stack) async throws -> Void
    ) async throws {
        let stack = try Stack(programs: programs)
        try prepare(stack)
        let simulators = try RunningCommand(
            stack.pipelinePath, ["simulate", "--port", "\(stack.simulatorPort)"], directory: stack.project)
        var failure: (any Error)?
        do {
            try await stack.startEngine()
            try await body(stack)
        } catch {
            failure = error
            print(stack.engineLog().suffix(4000))
        }
        _ = try await stack.tidegate("stop")
        try await simulators.stop()
        stack.endLeftovers()
        for engine in stack.engines.withLock({ $0 }) { try await engine.stop() }
        try finish(stack)
        if let failure { throw failure }
    }

    /// Starts the control plane, which then runs by itself, and waits until it answers.
    package func startEngine(environment: [String: String] = [:]) async throws {
        let script = #"log=$1; shift; exec /usr/bin/setsid "$@" >>"$log" 2>&1"#
        let engine = try RunningCommand(
            "/bin/sh",
            [
                "-c", script, "engine", "\(state)/engine.log", tidegatePath, "serve", "--project", project, "--listen",
                "127.0.0.1:\(dashboardPort)", "--public-url", "\(publicURL)/",
            ], directory: project, environment: environment)
        engines.withLock { $0.append(engine) }
        // Only looks: a command would start a second control plane, which would race with this one.
        let isUp = await eventually(within: .seconds(20)) { answers(socket: "\(self.state)/control.sock") }
        guard isUp else { throw NotUp(log: engineLog()) }
    }

    package struct NotUp: Error { package let log: String }

    /// Kills the control plane the hard way, and waits until it is gone; instances and router are left alone.
    package func killEngine() async -> Bool {
        guard let pid = enginePid(), kill(pid, SIGKILL) == 0 else { return false }
        return await eventually { self.enginePid() != pid }
    }

    package func enginePid() -> Int32? {
        processes { $0.contains("serve") && $0.contains(self.project) && $0.first?.hasSuffix("tidegate") == true }.first
    }

    /// Runs one command in the project.
    package func tidegate(_ arguments: String...) async throws -> CommandResult { try await tidegate(arguments) }

    package func tidegate(
        _ arguments: [String], environment: [String: String] = [:], input: String = ""
    ) async throws -> CommandResult {
        try await start(arguments, environment: environment, input: input).result()
    }

    package func start(
        _ arguments: [String], environment: [String: String] = [:], input: String = ""
    ) throws -> RunningCommand {
        try RunningCommand(
            tidegatePath, arguments + ["--project", project], directory: project, environment: environment, input: input
        )
    }

    /// Runs the bundled application's own command.
    package func pipeline(_ arguments: [String]) throws -> RunningCommand {
        try RunningCommand(pipelinePath, arguments, directory: project)
    }

    /// Records a release of the bundled pipeline, with faults as `--set` gives them.
    package func release(_ version: String, set: [String] = []) async throws -> CommandResult {
        try await tidegate(
            ["release", "create", version, "--from", "\(state)/build"] + set.flatMap { ["--set", $0] })
    }

    package func status() async throws -> Status {
        let result = try await tidegate("status", "dev", "--json")
        return try JSONDecoder().decode(Status.self, from: Data(result.output.utf8))
    }

    /// Ids of processes whose arguments match.
    package func processes(_ matches: ([String]) -> Bool) -> [Int32] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).filter { pid in
            guard let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") else { return false }
            return matches(bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
        }
    }

    package func engineLog() -> String { (try? String(contentsOfFile: "\(state)/engine.log", encoding: .utf8)) ?? "" }

    /// Whatever still runs of this project, which only a failed test leaves behind.
    private func endLeftovers() {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for pid in entries.compactMap(Int32.init) where pid != getpid() {
            let directory = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) ?? ""
            let words = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            if directory.hasPrefix(project) || String(decoding: words, as: UTF8.self).contains(project) {
                kill(pid, SIGKILL)
            }
        }
    }
}

/// What these tests read of `tidegate status --json`.
package struct Status: Decodable {
    package struct Service: Decodable {
        package var name: String
        package var desired: Int
        package var ready: Int
        package var instances: [Instance]
    }

    package struct Instance: Decodable {
        package var id: String
        package var release: String
        package var ready: Bool
        package var restarts: Int
        package var proof: String
        package var weight: Int?
    }

    package struct Alert: Decodable { package var name: String }

    package struct Drift: Decodable, Equatable {
        package var service: String
        package var instance: String?
        package var message: String
    }

    package var release: String?
    package var state: String
    package var services: [Service]
    package var alerts: [Alert]
    package var drift: [Drift]

    package func service(_ name: String) -> Service? { services.first { $0.name == name } }
}

extension Stack {
    private func copyDefinitions() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        for name in ["environments", "smoke", "contracts", "runbooks", "alerts"] {
            try FileManager.default.copyItem(atPath: "\(root)/\(name)", toPath: folder.file(name))
        }
        try rewrite("environments/shared.yaml") { $0.replacing("port: 8000", with: "port: \(apiPort)") }
        try rewrite("environments/dev.yaml") { text in
            text.replacing("127.0.0.1:7190", with: "127.0.0.1:\(simulatorPort)")
                .replacing("for: 8s", with: "for: \(bake)s")
        }
    }

    /// Changes a file of the project in place.
    package func rewrite(_ file: String, _ change: (String) throws -> String) throws {
        let path = folder.file(file)
        let text = try change(try String(contentsOfFile: path, encoding: .utf8))
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private func layOutArtifacts() throws {
        for service in ["api", "worker"] {
            let artifact = folder.file(".tidegate/build/\(service)")
            try FileManager.default.createDirectory(atPath: artifact, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: pipelinePath, toPath: "\(artifact)/pipeline")
            let contract = try String(contentsOfFile: folder.file("contracts/\(service).json"), encoding: .utf8)
            try #"{"command":["./pipeline","\#(service)"],"contract":\#(contract)}"#
                .write(toFile: "\(artifact)/artifact.json", atomically: true, encoding: .utf8)
        }
    }
}
