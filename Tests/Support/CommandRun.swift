import CSpawn
import Foundation
import Synchronization

/// How a finished program ended, and what it wrote.
package struct CommandResult: Sendable {
    /// The exit code; 128 and the signal's number when a signal ended it.
    package var exit: Int32
    package var output: String
    package var errors: String
}

/// A program that the test started, with its output in files, so that no full pipe stops it.
package final class RunningCommand: Sendable {
    package let pid: Int32
    private let folder: TemporaryFolder
    private let ended = Mutex<Int32?>(nil)

    /// - Parameter input: what it reads on standard input.
    package init(
        _ program: String, _ arguments: [String], directory: String, environment: [String: String] = [:],
        input: String = ""
    ) throws {
        folder = try TemporaryFolder()
        try folder.write("in", input)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        pid = try Self.spawn(
            program, [program] + arguments, variables, directory, input: folder.file("in"), output: folder.file("out"),
            errors: folder.file("err"))
    }

    package var isRunning: Bool { status == nil }
    package var output: String { get throws { try String(contentsOfFile: folder.file("out"), encoding: .utf8) } }
    package var errors: String { get throws { try String(contentsOfFile: folder.file("err"), encoding: .utf8) } }

    package func signal(_ number: Int32) {
        if isRunning { kill(pid, number) }
    }

    /// Waits for the end, for as long as the test may take.
    package func result() async throws -> CommandResult {
        _ = await eventually(within: .seconds(600)) { !self.isRunning }
        return CommandResult(exit: status ?? -1, output: try output, errors: try errors)
    }

    /// Ends it, by force if need be, and waits.
    package func stop() async throws {
        signal(SIGTERM)
        if await !eventually(within: .seconds(10), { !self.isRunning }) { signal(SIGKILL) }
        _ = try await result()
    }

    /// Nil while it runs.
    private var status: Int32? {
        ended.withLock { ended in
            var status: Int32 = 0
            if ended == nil, waitpid(pid, &status, WNOHANG) == pid {
                ended = status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
            }
            return ended
        }
    }

    private static func spawn(
        _ program: String, _ arguments: [String], _ variables: [String], _ directory: String, input: String,
        output: String, errors: String
    ) throws -> Int32 {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        _ = cspawn_add_chdir(&actions, directory)
        _ = cspawn_add_close_from(&actions, 3)
        var argv = arguments.map { strdup($0) } + [nil]
        var envp = variables.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // This thread holds signals back, and a child would as well: one that waits for an alarm would wait for ever.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        return pid
    }
}
