import Foundation
import Logging
import Rollouts
import Storage
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(3))) struct `Ten thousand alerts` {
    /// The most memory that this process has had at once, in MiB (`proc_pid_status(5)`).
    private static func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") } ?? ""
        return (line.split(separator: " ").compactMap { Int($0) }.first ?? 0) / 1_024
    }

    /// The figures mean something when this test runs alone: others use memory as well.
    @Test func `in a minute are two messages of bounded size, and looks at them need no more and more memory`()
        async throws
    {
        let folder = try TemporaryFolder()
        let database = try await alertDatabase(folder)
        let (store, clock, inbox) = (AlertStore(database: database), SetClock(), Inbox())
        let bench = AlertBench(
            """
            receivers: { us: { webhook: { url: "http://a" } } }
            route: { receiver: us, group-by: [alertname], group-wait: 0s }
            """, rules: [simpleRule("Down")])
        let outbox = Outbox(
            database: database, clock: clock, holder: "a", log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            send: { inbox.take($0) })
        let before = try Self.peak()
        func look(_ second: Int, _ count: Int) async throws {
            clock.set(alertStart + .seconds(second))
            let values = Dictionary(uniqueKeysWithValues: (0..<count).map { ("s\($0)", 1.0) })
            try await store.step("dev", bench.input(SeriesSnapshot(downs(values))), now: clock.now)
            try await outbox.deliver()
        }
        for minute in 1...5 { try await look((minute - 1) * 15, minute * 2_000) }
        let grown = try Self.peak()
        let begin = ContinuousClock.now
        for second in [120, 180, 240, 300] { try await look(second, 10_000) }
        let each = (ContinuousClock.now - begin) / 4
        print(
            "10,000 alerts: peak memory \(before) MiB before, \(grown) MiB with them, \(try Self.peak()) MiB after 4 looks of \(each)"
        )
        #expect(try await store.firing().count == 10_000)
        #expect(inbox.seen.map(\.alerts.count) == [100, 100])
        #expect(inbox.seen.map(\.truncated) == [1_900, 9_900])
        let bytes: Int64 = try await database.read {
            try $0.first("SELECT SUM(LENGTH(document)) AS n FROM alert_notifications")?.get("n") ?? 0
        }
        #expect(bytes < 200_000)
        await database.close()
    }
}
