import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The folder `.tidegate/`, held by one engine: the lock is the kernel's, so it goes when the process does, however that
/// ends, and nobody has to remove it by hand.
package final class StateDirectory: Sendable {
    /// What fits in `sockaddr_un.sun_path`, with its final zero.
    package static let longestSocketPath = 107

    package let path: String
    package let reserve: Reserve
    package var space: DiskSpace { DiskSpace(path: path, reserve: reserve) }
    private let lock: FileLock

    package var database: String { "\(path)/tidegate.sqlite" }
    package var socket: String { "\(path)/control.sock" }

    /// Makes the folder if need be, readable by its owner alone, and takes the lock.
    /// - Throws: `Refusal`: `lock_held` (exit 8) names the process that has it; `unwritable_state` (exit 4).
    package init(_ path: String) throws {
        self.path = path
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else {
            throw StateDirectory.unwritable(path, code: errno)
        }
        lock = try FileLock("\(path)/lock")
        reserve = Reserve(stateDirectory: path)
        try checkSocketPath()
        do { try reserve.fill() } catch let refusal as Refusal where refusal.code == "disk_full" {
            // Given up before, and the disk is still full: what was interrupted can perhaps be taken back all the same.
            guard access(database, F_OK) == 0 else { throw refusal }
        }
    }

    private func checkSocketPath() throws {
        guard socket.utf8.count <= StateDirectory.longestSocketPath else {
            throw Refusal(
                "path_too_long",
                "\(socket) is longer than a socket's path may be (\(StateDirectory.longestSocketPath) bytes); "
                    + "move the project to a shorter path.", exit: .usage)
        }
    }

    /// Removes what an engine that was killed left behind; safe, because the lock is ours.
    package func removeStaleSocket() throws {
        guard unlink(socket) == 0 || errno == ENOENT else { throw StateDirectory.unwritable(socket, code: errno) }
    }

    /// Only the owner may use the socket.
    package func protectSocket() throws {
        guard chmod(socket, 0o600) == 0 else { throw StateDirectory.unwritable(socket, code: errno) }
    }

    static func unwritable(_ path: String, code: Int32) -> Refusal {
        code == ENOSPC
            ? Refusal(
                "disk_full", "\(path) cannot be written: no space is left; make room and try again.",
                exit: .checkFailed)
            : Refusal(
                "unwritable_state",
                "\(path) cannot be written (\(String(cString: strerror(code)))); give this user the right to.",
                exit: .checkFailed)
    }
}
