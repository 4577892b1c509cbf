import CSpawn
import Glibc

/// A process to be started so that it outlives whoever starts it: in a session of its own, with default signals, no
/// inherited descriptors, nothing on standard input, and its output appended to a file.
package struct Launch: Sendable {
    /// An absolute path, or a name to be found through this process's `PATH`.
    package var executable: String
    package var arguments: [String]
    package var environment: [String: String]
    package var folder: String
    package var log: String

    package init(
        executable: String, arguments: [String], environment: [String: String], folder: String, log: String
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
        self.log = log
    }

    /// Starts it.
    /// - Returns: its pid, which leads its session and its process group.
    package func start() throws(LaunchError) -> Int {
        guard access(folder, X_OK) == 0 else { throw .folder(folder, reason: reason(errno)) }
        try checkLog()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_APPEND | O_CREAT, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        cspawn_add_close_from(&actions, 3)
        cspawn_add_chdir(&actions, folder)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        prepare(&attributes)
        return try spawn(&actions, &attributes)
    }

    private func prepare(_ attributes: inout posix_spawnattr_t) {
        var all = sigset_t()
        sigfillset(&all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        let signals = Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK)
        posix_spawnattr_setflags(&attributes, cspawn_new_session() | signals)
    }

    private func spawn(
        _ actions: inout posix_spawn_file_actions_t, _ attributes: inout posix_spawnattr_t
    ) throws(LaunchError) -> Int {
        let words = ([executable] + arguments).map { strdup($0) } + [nil]
        let variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in words + variables { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawnp(&pid, executable, &actions, &attributes, words, variables)
        guard code == 0 else { throw .executable(executable, reason: reason(code)) }
        return Int(pid)
    }

    /// Opens the log here first, since a failure inside the child would be taken for the executable's.
    private func checkLog() throws(LaunchError) {
        let descriptor = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .log(log, reason: reason(errno)) }
        close(descriptor)
    }

    private func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Why a process could not be started.
package enum LaunchError: Error, Sendable, Equatable, CustomStringConvertible {
    case folder(String, reason: String)
    case log(String, reason: String)
    case executable(String, reason: String)

    package var description: String {
        switch self {
        case .folder(let path, let reason):
            "The artifact's folder \(path) cannot be entered: \(reason). Create the release again."
        case .log(let path, let reason):
            "The log file \(path) cannot be written: \(reason). Free space or mend the folder's permissions."
        case .executable(let path, let reason):
            "\(path) cannot be run: \(reason). Check the artifact's command and the file's mode."
        }
    }
}

/// How a process ended.
package enum ProcessEnd: Sendable, Equatable {
    case running
    case exited(Int)
    case killed(signal: Int)
    /// It is gone, and was not our child, so nobody told us how.
    case unknown

    package var text: String {
        switch self {
        case .running: "running"
        case .exited(let code): "exited with code \(code)"
        case .killed(let signal): "was killed by signal \(signal)"
        case .unknown: "ended; its exit code is unknown, because it was started by an engine before this one"
        }
    }
}

extension ProcessTable {
    /// Whether that process has ended, and how. Reaps it when it is our child.
    package func end(of pid: Int, started: Int64) -> ProcessEnd {
        var status: Int32 = 0
        let result = waitpid(pid_t(pid), &status, WNOHANG)
        if result == pid_t(pid) {
            let signal = status & 0x7f
            return signal == 0 ? .exited(Int((status >> 8) & 0xff)) : .killed(signal: Int(signal))
        }
        // Our child, and running a moment ago: to look at /proc now would race with its end, whose code is then lost.
        if result == 0 { return .running }
        return runs(pid, started: started) ? .running : .unknown
    }

    /// Sends the signal to the process's whole group.
    package func signal(_ pid: Int, _ signal: Int32) {
        if kill(pid_t(-pid), signal) != 0 { _ = kill(pid_t(pid), signal) }
    }
}
