import Foundation
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct `An engine that finds ten thousand alerts` {
    /// What this process has in memory now, in MiB (`proc_pid_status(5)`).
    private static func resident() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1_024
    }

    private static func alerts(_ receiver: Receiver) -> String {
        let heartbeats = (0..<10_000).map { "  job-\($0): { within: \($0 % 60 + 1)s }" }
        return """
            receivers: { operations: { webhook: { url: "\(receiver.url)" } } }
            route: { receiver: operations, group-by: [alertname], group-wait: 0s }
            heartbeats:
            \(heartbeats.joined(separator: "\n"))
            """
    }

    /// `LOOKS` says how many more looks at them there are. The figures mean something when this test runs alone: others use memory as well.
    @Test func `in a minute tells of them in two messages of bounded size, and its memory stays`() async throws {
        let looks = ProcessInfo.processInfo.environment["LOOKS"].flatMap { Int($0) } ?? 2
        let receiver = try Receiver()
        let world = try EngineWorld(alerts: Self.alerts(receiver))
        try await RunningEngine.run(in: world) { engine in
            try await engine.later(.seconds(1))
            let before = try Self.resident()
            for _ in 0..<4 { try await engine.later(.seconds(15)) }
            try await engine.later(.seconds(1))
            let metrics = try await engine.metrics()
            #expect(
                metrics.contains(#"tidegate_alerts{environment="dev",state="firing",severity="critical"} 10000"#))
            let grown = try Self.resident()
            for _ in 0..<looks { try await engine.later(.seconds(160)) }
            let isTold = await eventually { receiver.messages.count >= 2 }
            #expect(isTold, "\(receiver.messages.count) messages")
            let later = try Self.resident()
            print(
                "10,000 alerts: VmRSS \(before) MiB before, \(grown) MiB with them, \(later) MiB \(looks) looks later")
        }
        #expect(receiver.messages.prefix(2).map(\.alerts.count) == [100, 100])
        #expect(receiver.messages.dropFirst().first?.truncatedAlerts == 9_900)
        #expect(receiver.messages.allSatisfy { $0.bytes ?? 0 < 200_000 })
    }
}
