import Logging
import Rollouts
import Storage
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(2))) struct `The outbox` {
    /// What hangs is how a receiver that is gone mostly looks.
    @Test func `tells others at once while one receiver does not answer`() async throws {
        let folder = try TemporaryFolder()
        let database = try await alertDatabase(folder)
        let store = AlertStore(database: database)
        let (clock, inbox) = (SetClock(), Inbox())
        let (gate, open) = AsyncStream<Void>.makeStream()
        let (ticks, tick) = AsyncStream<Void>.makeStream()
        let outbox = Outbox(
            database: database, clock: clock, holder: "a", log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { notification in
            if notification.receiver == "slow" { for await _ in gate {} }
            return inbox.take(notification)
        }
        func queue(_ receiver: String, _ id: String) async throws {
            try await store.queue(
                AlertNotification.test("dev", receiver: receiver, by: "ada", id: id, now: clock.now), now: clock.now)
        }
        @Sendable func told() -> [String] { inbox.seen.map { String($0.id.split(separator: "/").last ?? "") } }
        let service = Task { await outbox.deliver(at: ticks) { #expect($0 == nil) } }
        for (receiver, id) in [("slow", "1"), ("slow", "2"), ("fast", "1")] { try await queue(receiver, id) }
        tick.yield()
        #expect(await eventually { told() == ["fast#1"] })
        try await queue("fast", "2")
        tick.yield()
        #expect(await eventually { told() == ["fast#1", "fast#2"] })
        tick.finish()
        // What is under way is brought to its end.
        open.finish()
        await service.value
        #expect(told().prefix(3) == ["fast#1", "fast#2", "slow#1"])
        await database.close()
    }
}
