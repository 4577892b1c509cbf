import CSpawn
import Foundation

/// What one run of a program took, by what the system counted for it (`getrusage(2)`).
struct ProcessCost {
    /// Of the processor, in the program and in the system on its behalf.
    var seconds: Double
    var exit: Int32

    /// Runs a program in a folder, its output thrown away, and waits for its end.
    static func run(_ words: [String], in folder: String) throws -> ProcessCost {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        _ = cspawn_add_chdir(&actions, folder)
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var arguments = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, words[0], &actions, nil, &arguments, environ)
        guard code == 0 else { throw NotStarted(program: words[0], reason: String(cString: strerror(code))) }
        var (status, usage) = (Int32(0), rusage())
        while wait4(pid, &status, 0, &usage) < 0 {
            guard errno == EINTR else { throw NotStarted(program: words[0], reason: String(cString: strerror(errno))) }
        }
        return ProcessCost(
            seconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            exit: status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F))
    }

    /// The most memory that was resident at a time in a run of a program, in KiB.
    ///
    /// Linux counts what the caller had resident as the new program's, so that a small one, GNU's `time`, has to be the
    /// caller.
    ///
    /// - Parameter exit: how the program must end, so that no failure passes for a small program.
    static func peak(_ words: [String], in folder: String, exit: Int32) throws -> Int {
        let report = FileManager.default.temporaryDirectory.appending(path: "peak-\(getpid())")
        defer { unlink(report.path) }
        let cost = try run(["/usr/bin/time", "-o", report.path, "-f", "%M"] + words, in: folder)
        guard cost.exit == exit else { throw UnexpectedExit(words: words, exit: cost.exit, folder: folder) }
        let text = try String(contentsOf: report, encoding: .utf8)
        guard let peak = text.split(separator: "\n").last.flatMap({ Int($0) }) else {
            throw NotStarted(program: words[0], reason: "no peak in `\(text)`")
        }
        return peak
    }

    private static func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
}

struct NotStarted: Error, CustomStringConvertible {
    let program: String
    let reason: String
    var description: String { "\(program) could not be run: \(reason)" }
}
