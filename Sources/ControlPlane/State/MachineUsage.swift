import FoundationEssentials
import Operations

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// How busy this machine is, as Linux tells in `/proc` (`proc(5)`).
enum MachineUsage {
    /// Nil where it is not told.
    static func read(disk: DiskSpace) -> AlertFacts.Machine? {
        guard let load = text("/proc/loadavg").flatMap(load), let memory = text("/proc/meminfo").flatMap(memory),
            let used = disk.used
        else { return nil }
        let processors = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        return AlertFacts.Machine(load: load / processors, memory: memory, disk: used, place: disk.path)
    }

    /// The second number: over five minutes.
    static func load(_ text: String) -> Double? {
        let numbers = text.split(separator: " ")
        return numbers.count > 1 ? Double(numbers[1]) : nil
    }

    /// The share that no program could still get.
    static func memory(_ text: String) -> Double? {
        var found: [Substring: Double] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count > 1 { found[words[0]] = Double(words[1]) }
        }
        guard let total = found["MemTotal:"], let available = found["MemAvailable:"], total > 0 else { return nil }
        return 1 - available / total
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension DiskSpace {
    /// The share that is in use of what this user could have; nil when the disk does not say.
    var used: Double? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        let used = Double(status.f_blocks) - Double(status.f_bfree)
        let total = used + Double(status.f_bavail)
        return total > 0 ? used / total : nil
    }
}
