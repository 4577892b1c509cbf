import FoundationEssentials
import Glibc
import Rollouts

/// One environment's HAProxy: a master and its worker, in a session of their own, that outlive the engine.
struct HAProxyProcess: Sendable {
    private static let startLimit = Duration.seconds(10)
    private static let stopLimit = Duration.seconds(5)

    /// `<state>/haproxy/<environment>`.
    let folder: String
    /// The program: an absolute path, or a name to be found through `PATH`.
    let executable: String
    let processes: ProcessTable
    let inherited: [String: String]

    var configurationPath: String { "\(folder)/haproxy.cfg" }
    var desiredPath: String { "\(folder)/desired.json" }
    private var pidPath: String { "\(folder)/haproxy.pid" }
    private var logPath: String { "\(folder)/haproxy.log" }
    private var admin: UnixSocket { UnixSocket(folder: folder, name: HAProxyConfiguration.adminSocket) }

    /// The running master, if it is one of this folder.
    func master() -> Int? {
        guard let bytes = FileManager.default.contents(atPath: pidPath),
            let pid = Int(String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first ?? "")
        else { return nil }
        // Reaps it when it was our child and has ended.
        let started = processes.entry(pid)?.started ?? -1
        guard processes.end(of: pid, started: started) == .running, processes.belongs(pid, to: folder) else {
            return nil
        }
        return pid
    }

    /// Asks the worker; several commands are separated by `;`.
    func ask(_ commands: String) async throws(RouterError) -> String {
        do {
            return try await admin.ask(commands)
        } catch {
            throw .unreachable(reason: "HAProxy's \(error).")
        }
    }

    /// The pid of the worker that answers now.
    func worker() async throws(RouterError) -> Int {
        let info = try await ask("show info")
        let line = info.split(separator: "\n").first { $0.hasPrefix("Pid: ") }
        guard let pid = line.flatMap({ Int($0.dropFirst(5)) }) else {
            throw .refused(command: "show info", answer: String(info.prefix(200)))
        }
        return pid
    }

    /// The worker's pid, or nil while none answers yet.
    private func answers() async -> Int? {
        do { return try await worker() } catch { return nil }
    }

    /// How many workers of before a reload still finish their requests: they are in the master's session.
    func oldWorkers() async throws(RouterError) -> Int {
        guard let master = master() else { return 0 }
        let current = try await worker()
        let others = processes.pids().filter { $0 != master && $0 != current }
        return others.count { pid in
            processes.entry(pid).map { $0.session == master && !$0.isDead } ?? false
        }
    }

    /// Checks the configuration file as HAProxy reads it.
    func check() async throws(RouterError) {
        let path = "\(folder)/check.log"
        unlink(path)
        let pid = try launch(["-c", "-q", "-f", configurationPath], log: path)
        let started = processes.entry(pid)?.started ?? -1
        let end = ContinuousClock.now + Self.startLimit
        var outcome = processes.end(of: pid, started: started)
        while outcome == .running, ContinuousClock.now < end {
            await uncancelled(.milliseconds(5))
            outcome = processes.end(of: pid, started: started)
        }
        guard outcome == .exited(0) else {
            processes.signal(pid, SIGKILL)
            let lines = LogFile(path: path).tail(5).joined(separator: " ")
            throw .cannotStart(reason: "HAProxy refuses \(configurationPath): \(lines)")
        }
    }

    /// Starts it and waits until a worker answers.
    func start() async throws(RouterError) {
        unlink(pidPath)
        let arguments = [
            "-W", "-p", pidPath, "-f", configurationPath,
        ]
        let pid = try launch(arguments, log: logPath)
        let started = processes.entry(pid)?.started ?? -1
        let end = ContinuousClock.now + Self.startLimit
        while ContinuousClock.now < end {
            guard processes.end(of: pid, started: started) == .running else { break }
            if master() != nil, await answers() != nil { return }
            await uncancelled(.milliseconds(20))
        }
        let lines = LogFile(path: logPath).tail(5).joined(separator: " ")
        processes.signal(pid, SIGKILL)
        throw .cannotStart(reason: "HAProxy did not start: \(lines)")
    }

    /// Loads the configuration file anew and waits until the new worker answers; the old one finishes its requests.
    func reload() async throws(RouterError) {
        guard let master = master() else { return try await start() }
        let before = try await worker()
        guard kill(pid_t(master), SIGUSR2) == 0 else {
            throw .cannotStart(
                reason: "HAProxy's master \(master) takes no signal: \(String(cString: strerror(errno)))")
        }
        let end = ContinuousClock.now + Self.startLimit
        while ContinuousClock.now < end {
            await uncancelled(.milliseconds(20))
            if let now = await answers(), now != before { return }
        }
        let lines = LogFile(path: logPath).tail(5).joined(separator: " ")
        throw .cannotStart(reason: "HAProxy did not load its new configuration: \(lines)")
    }

    /// Ends master and workers.
    func stop() async {
        guard let pid = master(), let started = processes.entry(pid)?.started else { return }
        for (signal, limit) in [(SIGTERM, Self.stopLimit), (SIGKILL, Self.stopLimit)] {
            processes.signal(pid, signal)
            let end = ContinuousClock.now + limit
            while ContinuousClock.now < end {
                if processes.end(of: pid, started: started) != .running { return }
                await uncancelled(.milliseconds(20))
            }
        }
    }

    private func launch(_ arguments: [String], log: String) throws(RouterError) -> Int {
        let launch = Launch(
            executable: executable, arguments: arguments, environment: inherited, folder: folder, log: log)
        do {
            return try launch.start()
        } catch {
            guard case .executable(let program, let reason) = error else {
                throw .cannotStart(reason: error.description)
            }
            throw .cannotStart(reason: "\(program) cannot be run: \(reason). Install HAProxy: apt-get install haproxy")
        }
    }
}
