import Definitions
import Logging
import Rollouts
import Storage
import TestSupport
import Testing

@testable import Operations

private let start = alertStart
private let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

enum AlertDriver: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgresql
    var testDescription: String { rawValue }
}

/// Control planes on one database, each with connections and a clock of its own.
private struct Planes {
    struct Plane {
        let name: String
        let database: any Database
        let clock = SetClock()
        /// How far its clock is behind.
        let behind: Duration
        let inbox: Inbox

        var store: AlertStore { AlertStore(database: database) }

        func set(_ second: Int) { clock.set(start + .seconds(second) - behind) }

        func outbox(_ send: Outbox.Send? = nil) -> Outbox {
            Outbox(
                database: database, clock: clock, holder: name, log: log, send: send ?? { [inbox] in inbox.take($0) })
        }
    }

    let folder: TemporaryFolder
    let address: String
    let inbox = Inbox()
    let planes: [Plane]
    let bench = AlertBench(
        """
        receivers: { us: { webhook: { url: "http://a" } } }
        route: { receiver: us, group-by: [service], group-wait: 0s, group-interval: 1s }
        """, rules: [simpleRule("Down")])

    init(_ driver: AlertDriver) async throws {
        folder = try TemporaryFolder()
        address =
            switch driver {
            case .sqlite: "sqlite:\(folder.file("alerts.sqlite"))"
            case .postgresql: try await PostgresServer.freshDatabase()
            }
        planes = try [("a", Duration.zero), ("b", .seconds(3))].map { [inbox, address] name, behind in
            Plane(name: name, database: try Databases.open(address: address), behind: behind, inbox: inbox)
        }
        try await AlertStore.migrator.migrate(planes[0].database, now: start.microseconds)
    }

    func close() async {
        for plane in planes { await plane.database.close() }
        _ = folder.path
    }

    /// What is down at a second: each service for 20 s of 40, the second one later.
    static func values(_ second: Int) -> [String: Double] {
        ["api": second % 40 < 20 ? 1 : 0, "worker": (second + 30) % 40 < 20 ? 1 : 0]
    }

    /// One look and one delivery of each plane that lives, all at once.
    /// - Returns: what the database refused.
    func round(_ second: Int, alive: [Plane]) async -> [String] {
        let snapshot = SeriesSnapshot(downs(Self.values(second)))
        return await withTaskGroup(of: String?.self) { group in
            for plane in alive {
                plane.set(second)
                group.addTask { [bench] in
                    await Self.said {
                        try await plane.store.step("dev", bench.input(snapshot), now: plane.clock.now)
                    }
                }
                group.addTask { await Self.said { try await plane.outbox().deliver() } }
            }
            return await group.reduce(into: []) { if let failure = $1 { $0.append(failure) } }
        }
    }

    private static func said(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// The last deliveries, when every claim has run out.
    func finish(_ second: Int) async throws {
        for plane in planes {
            plane.set(second + 300)
            try await plane.outbox().deliver()
        }
    }

    /// Each service's messages begin and end in turn, and arrived in the order in which they were queued.
    func checkSeen(changes: Int) async throws {
        var known: Set<String> = []
        let seen = inbox.seen.filter { known.insert($0.id).inserted }
        #expect(seen.count == changes)
        let queued = try await planes[1].store.sent("dev").map(\.notification.id)
        #expect(seen.map(\.id) == queued.reversed())
        for service in ["api", "worker"] {
            let own = seen.filter { $0.groupLabels["service"] == service }.map(\.isFiring)
            #expect(own == own.indices.map { $0 % 2 == 0 }, "an end never comes before its beginning")
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct `Two control planes on one database` {
    /// Between 0 and 200 s, `api` begins and ends five times, and `worker`, which is up at first, as often.
    @Test(arguments: AlertDriver.allCases)
    func `tell of each change of state once, in order, though one of them dies for a while`(
        driver: AlertDriver
    ) async throws {
        let world = try await Planes(driver)
        for second in 0..<200 {
            let alive = world.planes.filter { plane in
                plane.name == "a" ? !(45..<95).contains(second) : !(125..<165).contains(second)
            }
            #expect(await world.round(second, alive: alive) == [])
        }
        #expect(world.inbox.attempts == world.inbox.seen.count, "nobody was ended while it sent")
        try await world.finish(200)
        try await world.checkSeen(changes: 20)
        await world.close()
    }

    /// A broken connection may lose the answer of a commit: what was then sent twice has one key.
    @Test func `tell once when PostgreSQL breaks their connections in the middle of it`() async throws {
        let world = try await Planes(.postgresql)
        let axe = try Databases.open(address: world.address)
        for second in 0..<200 {
            async let broken: Void = axe.breakOthers(second % 3 == 0)
            _ = await world.round(second, alive: world.planes)
            try await broken
        }
        try await world.finish(200)
        try await world.checkSeen(changes: 20)
        await axe.close()
        await world.close()
    }

    @Test(arguments: AlertDriver.allCases)
    func `send with the same key what one of them sent and died before it could write it down`(
        driver: AlertDriver
    ) async throws {
        let world = try await Planes(driver)
        let (first, second) = (world.planes[0], world.planes[1])
        for plane in world.planes { plane.set(0) }
        _ = try await first.store.step(
            "dev", world.bench.input(SeriesSnapshot(downs(["api": 1, "worker": 1]))), now: first.clock.now)
        let dying = first.outbox { notification in
            _ = world.inbox.take(notification)
            await first.database.close()
            return .delivered
        }
        await #expect(throws: (any Error).self) { try await dying.deliver() }
        try await second.outbox().deliver()
        #expect(world.inbox.seen.count == 1, "what one has claimed, no other sends, nor what is behind it")
        second.clock.advance(Outbox.claim + .seconds(4))
        try await second.outbox().deliver()
        let seen = world.inbox.seen.map(\.id)
        #expect(seen.count == 3 && seen[0] == seen[1] && seen[1] != seen[2])
        await world.close()
    }

    @Test(arguments: AlertDriver.allCases)
    func `that write at once lose nothing of what people and programs say`(driver: AlertDriver) async throws {
        let world = try await Planes(driver)
        for plane in world.planes { plane.set(0) }
        let input = world.bench.input(SeriesSnapshot(downs(["api": 1, "worker": 1])))
        _ = try await world.planes[0].store.step("dev", input, now: start)
        let ids = try await world.planes[0].store.firing().map(\.id)
        let expected = AlertBench.definition("heartbeats: { backup: { within: 1m } }").heartbeats
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (plane, id) in zip(world.planes, ids) {
                group.addTask {
                    for second in 1..<20 {
                        _ = try await plane.store.step("dev", input, now: start + .seconds(second))
                        _ = try await plane.store.heartbeats("dev", expected, now: start + .seconds(second))
                    }
                }
                group.addTask {
                    _ = try await plane.store.acknowledge("dev", id, by: plane.name, reason: "on it", now: start)
                    try await plane.store.beat("dev", "backup", now: start + .seconds(50))
                }
            }
            try await group.waitForAll()
        }
        let firing = try await world.planes[1].store.firing()
        #expect(Set(firing.compactMap { $0.acknowledged?.by }) == ["a", "b"])
        let beats = try await world.planes[0].store.heartbeats("dev", expected, now: start + .seconds(60))
        #expect(beats.map(\.last) == [start + .seconds(50)])
        await world.close()
    }
}

extension Database {
    /// Ends every other connection to this database.
    fileprivate func breakOthers(_ isTime: Bool) async throws {
        guard isTime else { return }
        _ = try await read(.eachStatement) {
            try $0.query(
                """
                SELECT pg_terminate_backend(pid) AS done FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """
            ).count
        }
    }
}
