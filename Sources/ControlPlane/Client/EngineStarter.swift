import FoundationEssentials
import HTTPClient
import Platforms

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Makes sure that somebody answers on the project's socket: starts `tidegate serve` in a session of its own when nobody
/// does, so that the command that needed it may end before it.
package struct EngineStarter: Sendable {
    package let project: Project
    /// The program to start.
    package let executable: String
    /// How long a new engine may take to answer.
    package let limit: Duration
    private let http: any HTTPSending

    package init(project: Project, executable: String, http: any HTTPSending, limit: Duration = .seconds(20)) {
        self.project = project
        self.executable = executable
        self.http = http
        self.limit = limit
    }

    /// The engine that answers now, if any.
    package func running() async throws -> EngineDocument? {
        guard FileManager.default.fileExists(atPath: project.socket) else { return nil }
        let client = ControlClient(endpoint: .socket(project.socket), http: http, caller: "starter")
        do {
            return try await client.get("/api/v1/engine", timeout: .seconds(5))
        } catch let refusal as Refusal where refusal.code == "unreachable" {
            return nil
        }
    }

    /// - Parameter say: told in a sentence when an engine is started.
    /// - Throws: `Refusal` with the engine's last words when it does not come up.
    package func ensure(say: (String) -> Void) async throws -> EngineDocument {
        if let engine = try await running() { return engine }
        let log = "\(project.stateDirectory)/engine.log"
        try prepareStateDirectory()
        try checkWritable(log)
        say("Starting the engine for \(project.path); it writes to \(log).")
        let pid = try spawn(log: log)
        return try await answer(of: pid, log: log)
    }

    /// Returns when the engine's process is gone, or dead and only not yet reaped by whoever started it.
    /// - Throws: `Refusal` (exit 124) when it is still there after `limit`.
    package func waitForEnd(of pid: Int32, limit: Duration) async throws {
        let deadline = ContinuousClock.now + limit
        let processes = ProcessTable()
        while let entry = processes.entry(Int(pid)), !entry.isDead {
            guard ContinuousClock.now < deadline else {
                throw Refusal(
                    "still_running",
                    "The engine (process \(pid)) is still there after \(limit.spoken); see "
                        + "\(project.stateDirectory)/engine.log.", exit: .timedOut)
            }
            try await ContinuousClock().sleep(for: .milliseconds(20))
        }
    }

    private func prepareStateDirectory() throws {
        guard mkdir(project.stateDirectory, 0o700) == 0 || errno == EEXIST else {
            throw Refusal(
                "unwritable_state",
                "\(project.stateDirectory) cannot be made (\(String(cString: strerror(errno)))); "
                    + "make \(project.path) writable.", exit: .checkFailed)
        }
    }

    /// Here, since a failure inside the child would be taken for the program's.
    private func checkWritable(_ log: String) throws {
        let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StateDirectory.unwritable(log, code: errno) }
        close(descriptor)
    }

    /// Tries until somebody answers, the limit is over, or the child is gone and nobody else (who started one at the same
    /// moment) answers either.
    private func answer(of pid: pid_t, log: String) async throws -> EngineDocument {
        let clock = ContinuousClock()
        var deadline = clock.now + limit
        var isGone = false
        var exit = ExitStatus.unreachable
        while clock.now < deadline {
            if let engine = try await running() { return engine }
            var status: Int32 = 0
            if !isGone, waitpid(pid, &status, WNOHANG) == pid {
                isGone = true
                if status & 0x7f == 0 { exit = ExitStatus(rawValue: (status >> 8) & 0xff) ?? exit }
                deadline = min(deadline, clock.now + .seconds(1))
            }
            try await clock.sleep(for: .milliseconds(20))
        }
        let end = isGone ? "ended at once" : "did not answer within \(limit.spoken)"
        let words = lastWords(log)
        throw Refusal(
            "engine_failed", "The engine \(end)\(words.isEmpty ? "; see \(log)" : ": \(words)")",
            exit: exit == .done ? .unreachable : exit)
    }

    private func lastWords(_ log: String) -> String {
        guard let data = FileManager.default.contents(atPath: log) else { return "" }
        let lines = String(decoding: data.suffix(4096), as: UTF8.self).split(separator: "\n")
        return lines.last.map { $0.hasPrefix("tidegate: ") ? String($0.dropFirst(10)) : String($0) } ?? ""
    }

    private func spawn(log: String) throws -> pid_t {
        let launch = Launch(
            executable: executable, arguments: ["serve", "--project", project.path],
            environment: ProcessInfo.processInfo.environment, folder: FileManager.default.currentDirectoryPath, log: log
        )
        do throws(LaunchError) {
            return pid_t(try launch.start())
        } catch { throw Refusal("engine_failed", "The engine does not start: \(error)", exit: .unreachable) }
    }
}
