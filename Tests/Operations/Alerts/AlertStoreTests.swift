import Definitions
import Logging
import Rollouts
import Storage
import TestSupport
import Testing

@testable import Operations

private let start = alertStart
private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

private struct World {
    let folder: TemporaryFolder
    let database: any Database
    let store: AlertStore
    let clock = SetClock()
    let inbox = Inbox()
    var bench = AlertBench(
        """
        receivers: { us: { webhook: { url: "http://a" } } }
        route: { receiver: us, group-by: [service], group-wait: 0s, group-interval: 10s }
        """, rules: [simpleRule("Down")])

    init() async throws {
        folder = try TemporaryFolder()
        database = try await alertDatabase(folder)
        store = AlertStore(database: database)
    }

    func outbox(_ holder: String = "a") -> Outbox {
        Outbox(database: database, clock: clock, holder: holder, log: log, send: { [inbox] in inbox.take($0) })
    }

    @discardableResult
    func step(_ values: [String: Double]) async throws -> [Alert] {
        try await store.step("dev", bench.input(SeriesSnapshot(downs(values))), now: clock.now)
    }
}

@Suite(.timeLimit(.minutes(2))) struct `The alert store` {
    @Test func `keeps a board as it is, whoever looks next`() async throws {
        let world = try await World()
        var bench = world.bench
        var told: [String] = []
        for second in stride(from: 0, through: 120, by: 5) {
            world.clock.set(start + .seconds(second))
            let values: [String: Double] = ["api": second % 40 < 20 ? 1 : 0, "worker": 1]
            told += bench.board.step(bench.input(SeriesSnapshot(downs(values))), now: world.clock.now).map(\.id)
            // Each look is another process's: nothing is remembered but what is on record.
            _ = try await AlertStore(database: world.database)
                .step("dev", bench.input(SeriesSnapshot(downs(values))), now: world.clock.now)
        }
        let sent = try await world.store.sent("dev").map(\.notification.id)
        #expect(sent.reversed() == told && told.count > 4)
        await world.database.close()
    }

    @Test func `two control planes that look at once send one message for each change`() async throws {
        let world = try await World()
        for second in stride(from: 0, through: 100, by: 2) {
            world.clock.set(start + .seconds(second))
            let values: [String: Double] = ["api": second % 50 < 25 ? 1 : 0]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        // The second finds what the first has committed, and nothing to tell.
                        for _ in 0..<5 {
                            do {
                                try await world.step(values)
                                return
                            } catch DatabaseError.busy { continue }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for holder in ["a", "b"] { group.addTask { try await world.outbox(holder).deliver() } }
                try await group.waitForAll()
            }
        }
        let seen = world.inbox.seen
        #expect(seen.map(\.isFiring) == [true, false, true, false, true])
        #expect(Set(seen.map(\.id)).count == seen.count && world.inbox.attempts == seen.count)
        await world.database.close()
    }

    @Test func `a receiver that is down for an hour gets everything once and in order`() async throws {
        let world = try await World()
        world.inbox.answer(.later("it answered 503"))
        for second in stride(from: 0, through: 3_600, by: 10) {
            world.clock.set(start + .seconds(second))
            try await world.step(["api": (second / 300) % 2 == 0 ? 1 : 0, "worker": (second / 500) % 2 == 0 ? 1 : 0])
            try await world.outbox().deliver()
        }
        let tries = world.inbox.attempts
        #expect(tries > 50 && tries < 120, "back-off, and never longer than a minute")
        #expect(try await world.store.waiting("dev").map(\.receiver) == ["us"])
        world.inbox.answer(.delivered)
        world.clock.advance(.seconds(60))
        try await world.outbox().deliver()
        let seen = world.inbox.seen
        let queued = try await world.store.sent("dev").map(\.notification.id)
        #expect(seen.map(\.id) == queued.reversed() && seen.count > 15)
        for service in ["api", "worker"] {
            let own = seen.filter { $0.groupLabels["service"] == service }.map(\.isFiring)
            #expect(own == own.indices.map { $0 % 2 == 0 }, "an end never comes before its beginning")
        }
        await world.database.close()
    }

    @Test func `a claim of somebody who was ended runs out, and the message keeps its key`() async throws {
        let world = try await World()
        try await world.step(["api": 1])
        let dying = Outbox(database: world.database, clock: world.clock, holder: "a", log: log) { notification in
            _ = world.inbox.take(notification)
            return .later("ended before it could say")
        }
        try await dying.deliver()
        try await world.outbox("b").deliver()
        #expect(world.inbox.seen.count == 1)
        world.clock.advance(Outbox.claim + .seconds(1))
        try await world.outbox("b").deliver()
        #expect(world.inbox.seen.count == 2 && Set(world.inbox.seen.map(\.id)).count == 1)
        await world.database.close()
    }

    @Test func `a clock that was set back holds no message up`() async throws {
        let world = try await World()
        world.inbox.answer(.later("no"))
        try await world.step(["api": 1])
        try await world.outbox().deliver()
        world.clock.set(start + .seconds(-86_400))
        world.inbox.answer(.delivered)
        try await world.outbox().deliver()
        #expect(world.inbox.seen.count == 1)
        await world.database.close()
    }

    @Test func `a message that the receiver does not want stands in nobody's way`() async throws {
        let world = try await World()
        world.inbox.answer(.refused("400"))
        try await world.step(["api": 1])
        try await world.outbox().deliver()
        world.inbox.answer(.delivered)
        world.clock.advance(.seconds(10))
        try await world.step(["api": 1, "worker": 1])
        try await world.outbox().deliver()
        #expect(world.inbox.seen.compactMap { $0.groupLabels["service"] } == ["worker"])
        let sent = try await world.store.sent("dev")
        #expect(sent.last?.failure == "400" && sent.last?.isDelivered == false && sent.last?.endedAt != nil)
        await world.database.close()
    }

    @Test func `what is over and old is removed, and what fires or waits is not`() async throws {
        let world = try await World()
        try await world.step(["api": 1, "worker": 1])
        try await world.outbox().deliver()
        world.clock.advance(.seconds(60))
        try await world.step(["api": 0, "worker": 1])
        let later = world.clock.now + .seconds(3_600)
        #expect(try await world.store.removeSettled(environment: "dev", before: start) == 0)
        #expect(try await world.store.removeSettled(environment: "dev", before: later) == 3)
        #expect(try await world.store.list().map { "\($0.service ?? "") \($0.state.rawValue)" } == ["worker firing"])
        #expect(try await world.store.sent("dev").map(\.isDelivered) == [false])
        await world.database.close()
    }

    @Test func `silences, acknowledgements and heartbeats are on record`() async throws {
        let world = try await World()
        try await world.step(["api": 1])
        let id = try await world.store.firing().first?.id ?? ""
        _ = try await world.store.acknowledge("dev", id, by: "ada", reason: "on it", now: start)
        #expect(try await world.store.firing().first?.acknowledged?.by == "ada")
        #expect(try await world.store.acknowledge("dev", "none", by: "ada", reason: "", now: start) == nil)

        let silence = Silence(
            id: "s-1", environment: "dev", matchers: ["service=\"worker\""], startsAt: start,
            endsAt: start + .seconds(600), createdBy: "ada", comment: "known")
        try await world.store.add(silence)
        world.clock.advance(.seconds(10))
        try await world.step(["api": 1, "worker": 1])
        let held = try await world.store.firing().first { $0.service == "worker" }?.heldBack
        #expect(held == .silence(id: "s-1"))
        #expect(try await world.store.expireSilence("dev", "s-1", now: world.clock.now) != nil)
        world.clock.advance(.seconds(10))
        try await world.step(["api": 1, "worker": 1])
        #expect(try await world.store.firing().allSatisfy { $0.heldBack == nil })
        #expect(try await world.store.expireSilence("dev", "s-1", now: world.clock.now) == nil)

        let expected = AlertBench.definition("heartbeats: { backup: { within: 1m } }").heartbeats
        #expect(try await world.store.heartbeats("dev", expected, now: start).first?.hasReported == false)
        try await world.store.beat("dev", "backup", now: start + .seconds(5))
        #expect(
            try await world.store.heartbeats("dev", expected, now: start + .seconds(9)).first?.last == start
                + .seconds(5))
        await world.database.close()
    }
}
