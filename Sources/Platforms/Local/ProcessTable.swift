import FoundationEssentials
import Glibc

/// What the kernel knows of processes, read from `/proc`. A process is known by its pid and its start time, since pids
/// come again.
package struct ProcessTable: Sendable {
    package struct Entry: Sendable, Equatable {
        package var pid: Int
        /// Clock ticks since boot at which the process started (field 22 of `/proc/PID/stat`).
        package var started: Int64
        /// `Z` and `X` are dead.
        package var state: Character
        package var session: Int

        package var isDead: Bool { state == "Z" || state == "X" }
    }

    package init() {}

    /// Nil when there is no such process; a zombie is an entry whose `isDead` is true.
    package func entry(_ pid: Int) -> Entry? {
        guard let text = readAll("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else { return nil }
        // The name before `)` may hold anything; after it come state (field 3), ppid, pgrp, session (6) … starttime (22).
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, let session = Int(fields[3]), let started = Int64(fields[19]),
            let state = fields[0].first
        else { return nil }
        return Entry(pid: pid, started: started, state: state, session: session)
    }

    /// What the session's living processes have used: clock ticks of processor time, with that of children that they waited
    /// for, and pages of memory in use. Fields 14 to 17 and 24 of `/proc/PID/stat`.
    package func usage(session: Int) -> (ticks: Int64, pages: Int64) {
        var sum: (ticks: Int64, pages: Int64) = (0, 0)
        for pid in pids() {
            guard let text = readAll("/proc/\(pid)/stat"), let close = text.lastIndex(of: ")") else { continue }
            let fields = text[text.index(after: close)...].split(separator: " ")
            guard fields.count > 21, Int(fields[3]) == session else { continue }
            sum.ticks += fields[11...14].reduce(0) { $0 + (Int64($1) ?? 0) }
            sum.pages += Int64(fields[21]) ?? 0
        }
        return sum
    }

    /// Whether that very process still runs.
    package func runs(_ pid: Int, started: Int64) -> Bool {
        guard let entry = entry(pid) else { return false }
        return entry.started == started && !entry.isDead
    }

    package func pids() -> [Int] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var pids: [Int] = []
        while let item = readdir(folder) {
            let name = withUnsafePointer(to: item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let pid = Int(name) { pids.append(pid) }
        }
        return pids
    }

    /// Living leaders of a session whose environment has `name`, by its value. What an instance starts itself inherits
    /// the variable, but leads no session, so it is not among them.
    package func leaders(withVariable name: String) -> [String: Entry] {
        var found: [String: Entry] = [:]
        for pid in pids() {
            guard let entry = entry(pid), entry.session == pid, !entry.isDead,
                let environment = readAll("/proc/\(pid)/environ")
            else { continue }
            let prefix = "\(name)="
            for variable in environment.split(separator: "\0") where variable.hasPrefix(prefix) {
                found[String(variable.dropFirst(prefix.count))] = entry
            }
        }
        return found
    }

    /// Whether the process works in the folder or runs a program from it.
    package func belongs(_ pid: Int, to folder: String) -> Bool {
        guard let real = realPath(folder) else { return false }
        return ["cwd", "exe"].contains { link in
            guard let target = readLink("/proc/\(pid)/\(link)") else { return false }
            return target == real || target.hasPrefix(real + "/")
        }
    }

    /// A socket that listens, and who has it open. No other socket gets its number while it is.
    package struct Listener: Sendable, Equatable {
        var holder: Int
        var port: Int
        var inodes: Set<String>
    }

    /// Who of the process and its session listens on the port; nil when none does.
    ///
    /// The kernel tells of one port by telling of all connections, which takes longer than everything else that a look does.
    /// So whoever looks again asks `isStill` first.
    package func listener(of pid: Int, port: Int) -> Listener? {
        let inodes = listeningInodes(port: port)
        guard !inodes.isEmpty else { return nil }
        let session = holds(pid, inodes) ? pid : pids().first { entry($0)?.session == pid && holds($0, inodes) }
        return session.map { Listener(holder: $0, port: port, inodes: inodes) }
    }

    package func isStill(_ listener: Listener) -> Bool { holds(listener.holder, listener.inodes) }

    /// Who listens on the port, such as `python3 (process 123)`; nil when that cannot be seen.
    package func holder(ofPort port: Int) -> (pid: Int, name: String)? {
        let inodes = listeningInodes(port: port)
        guard !inodes.isEmpty, let pid = pids().first(where: { holds($0, inodes) }) else { return nil }
        let name = readAll("/proc/\(pid)/comm")?.split(separator: "\n").first.map(String.init) ?? "a process"
        return (pid, name)
    }

    package func isListening(port: Int) -> Bool { !listeningInodes(port: port).isEmpty }

    /// Tells boots apart: start times count from it.
    package func bootID() -> String {
        readAll("/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first.map(String.init) ?? ""
    }

    private func listeningInodes(port: Int) -> Set<String> {
        var inodes: Set<String> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in (readAll(table) ?? "").split(separator: "\n").dropFirst() {
                let fields = line.split(separator: " ")
                guard fields.count > 9, fields[3] == "0A",
                    let hex = fields[1].split(separator: ":").last, Int(hex, radix: 16) == port
                else { continue }
                inodes.insert("socket:[\(fields[9])]")
            }
        }
        return inodes
    }

    private func holds(_ pid: Int, _ inodes: Set<String>) -> Bool {
        guard let folder = opendir("/proc/\(pid)/fd") else { return false }
        defer { closedir(folder) }
        while let item = readdir(folder) {
            let name = withUnsafePointer(to: item.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let target = readLink("/proc/\(pid)/fd/\(name)"), inodes.contains(target) { return true }
        }
        return false
    }

    private func readLink(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { bytes in
            readlink(path, bytes.baseAddress!.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }

    private func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    /// Files of `/proc` have no size: they are read to their end.
    private func readAll(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: buffer[..<count])
        }
    }
}
