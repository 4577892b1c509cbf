import FoundationEssentials
import Glibc
import Rollouts

/// What local instances take: their session's processes from `/proc`, and their files.
///
/// An instance's files are its log, and its working folder, which the instances of one artifact share.
package struct ProcessUsage: UsageSource {
    /// More files than this in a folder are not counted.
    static let mostFiles = 10_000

    private let state: String
    private let table = ProcessTable()

    package init(stateDirectory: String) { state = stateDirectory }

    package func usage(of instances: [Instance]) async -> [String: InstanceUsage] {
        let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let pageSize = Double(max(1, sysconf(Int32(_SC_PAGESIZE))))
        var found: [String: InstanceUsage] = [:]
        for instance in instances {
            guard instance.alive, let pid = instance.pid, let entry = table.entry(pid), !entry.isDead else { continue }
            let used = table.usage(session: entry.session)
            found[instance.id] = InstanceUsage(
                cpuSeconds: Double(used.ticks) / ticksPerSecond,
                memory: Double(used.pages) * pageSize / Self.mebibyte,
                disk: Double(bytes(of: instance, pid: pid)) / Self.mebibyte)
        }
        return found
    }

    private static let mebibyte = 1_048_576.0

    private func bytes(of instance: Instance, pid: Int) -> Int64 {
        let logs = LocalPaths(state: state).logs(environment: instance.environment)
        let own = Self.bytes(in: logs) { $0.hasPrefix("\(instance.id).log") }
        // The link is the kernel's: it leads to the folder even when that was renamed.
        return own + Self.bytes(in: "/proc/\(pid)/cwd") { _ in true }
    }

    /// Bytes on disk of the files below a folder whose first name is one of those. What cannot be read counts nothing: it goes
    /// away while it is being counted.
    private static func bytes(in folder: String, where isMeant: (String) -> Bool) -> Int64 {
        var sum: Int64 = 0
        var left = mostFiles
        var waiting: [(path: String, isTop: Bool)] = [(folder, true)]
        while let next = waiting.popLast(), left > 0 {
            guard let open = opendir(next.path) else { continue }
            defer { closedir(open) }
            while let item = readdir(open), left > 0 {
                let name = withUnsafePointer(to: item.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                guard name != ".", name != "..", !next.isTop || isMeant(name) else { continue }
                var status = stat()
                guard lstat("\(next.path)/\(name)", &status) == 0 else { continue }
                left -= 1
                sum += Int64(status.st_blocks) * 512
                if status.st_mode & S_IFMT == S_IFDIR { waiting.append(("\(next.path)/\(name)", false)) }
            }
        }
        return sum
    }
}
