import Foundation

/// What processes have in memory.
enum ProcessMemory {
    /// The proportional set size: shared pages count by their share.
    /// - Throws: when the process is gone.
    static func megabytes(_ pid: Int32) throws -> Double {
        let rollup = try String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8)
        let line = rollup.split(separator: "\n").first { $0.hasPrefix("Pss:") } ?? ""
        return (line.split(separator: " ").compactMap { Double($0) }.first ?? 0) / 1024
    }

    /// With all that it started.
    static func megabytes(withChildrenOf pid: Int32) throws -> Double {
        let children = try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        let below = try children.split(separator: " ").compactMap { Int32($0) }.map(megabytes(withChildrenOf:))
        return try megabytes(pid) + below.reduce(0, +)
    }
}
