import Foundation

/// What processes have in memory.
enum ProcessMemory {
    /// The proportional set size: shared pages count by their share. 0 when the process is gone.
    static func megabytes(_ pid: Int32) -> Double {
        guard let rollup = try? String(contentsOfFile: "/proc/\(pid)/smaps_rollup", encoding: .utf8) else { return 0 }
        let line = rollup.split(separator: "\n").first { $0.hasPrefix("Pss:") } ?? ""
        return (line.split(separator: " ").compactMap { Double($0) }.first ?? 0) / 1024
    }
}
