import Foundation
import Synchronization
import TestSupport

/// How much of the processor the processes in some folders use, by what they do, those that end meanwhile among them.
final class ProcessorWatch: Sendable {
    private struct State {
        /// Ticks by process.
        var first: [Int32: Double] = [:]
        var last: [Int32: Double] = [:]
        var kinds: [Int32: String] = [:]
    }

    private let folders: [String]
    private let state = Mutex(State())
    private let begun = ContinuousClock.now

    init(folders: [String]) {
        self.folders = folders
        look(isFirst: true)
    }

    /// Looks twice a second until cancelled: what a process used after its last look is not counted.
    func run() async {
        while !Task.isCancelled {
            look(isFirst: false)
            do { try await Task.sleep(for: .milliseconds(500)) } catch { return }
        }
    }

    /// Cores, by kind.
    func cores() -> [(kind: String, cores: Double)] {
        look(isFirst: false)
        let seconds = (ContinuousClock.now - begun) / .seconds(1)
        let perSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
        var sums: [String: Double] = [:]
        state.withLock { state in
            for (pid, ticks) in state.last {
                sums[state.kinds[pid] ?? "", default: 0] += (ticks - (state.first[pid] ?? 0)) / perSecond / seconds
            }
        }
        return sums.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    private func look(isFirst: Bool) {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        for pid in entries.compactMap(Int32.init) {
            // The stand-ins' children live too short to be seen: the system adds them to their parent.
            guard let kind = kind(of: pid), let ticks = ticks(of: pid, withEnded: kind == "simulators") else {
                continue
            }
            state.withLock { state in
                if isFirst { state.first[pid] = ticks }
                state.last[pid] = ticks
                state.kinds[pid] = kind
            }
        }
    }

    private func kind(of pid: Int32) -> String? {
        let directory = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd")) ?? ""
        guard folders.contains(where: directory.hasPrefix) else { return nil }
        let words = (FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()).split(separator: 0)
            .prefix(2).map { String(decoding: $0, as: UTF8.self) }
        guard let program = words.first?.split(separator: "/").last else { return nil }
        if program == "haproxy" { return "HAProxy" }
        if program.hasPrefix("postgres") { return "PostgreSQL" }
        switch words.dropFirst().first {
        case "serve": return "control plane"
        case "api": return "API"
        case "worker": return "worker"
        case "load": return "load generator"
        case "simulate": return "simulators"
        default: return "command line"
        }
    }

    /// User's and system's, of `proc(5)`'s `stat`: the fields after the name in parentheses.
    /// - Parameter withEnded: with those of its children that have ended.
    private func ticks(of pid: Int32, withEnded: Bool) -> Double? {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let close = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[close...].split(separator: " ")
        let wanted = withEnded ? 12...15 : 12...13
        guard fields.count > wanted.upperBound else { return nil }
        let ticks = fields[wanted].compactMap(Double.init)
        return ticks.count == wanted.count ? ticks.reduce(0, +) : nil
    }
}
