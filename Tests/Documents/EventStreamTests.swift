import Storage
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(5))) struct `Events on their way out` {
    private static let receiver = "hooks.example.com-1"
    private static let lease = 60 * second

    /// Everything that is due, relayed first.
    private static func claim(
        _ database: any Database, at now: Int64, limit: Int = 10, by receivers: [String] = [receiver]
    ) async throws -> [EventStream] {
        try await database.write { connection throws in
            try EventStreams.relay(to: receivers, now: now, on: connection)
            return try EventStreams.claim(
                for: receivers[0], limit: limit, lease: lease, now: now, on: connection)
        }
    }

    private static func settle(
        _ database: any Database, _ stream: EventStream, _ outcome: EventStreamOutcome, at now: Int64
    ) async throws -> Bool {
        try await database.write { try EventStreams.settle(stream, outcome, now: now, on: $0) }
    }

    private static func register(_ database: any Database, _ receivers: [String] = [receiver]) async throws {
        try await database.write { try EventStreams.register(receivers, now: 1, on: $0) }
    }

    @Test(arguments: TestDatabase.allCases)
    func `go to one worker at a time, in order, and later ones follow`(kind: TestDatabase) async throws {
        try await kind.with { database in
            try await Self.register(database)
            let store = StoreDriver(database: database)
            let job = try await store.queue(1, at: 5)
            let first = try #require(try await Self.claim(database, at: 10).first)
            #expect(first.events.map(\.sequence) == [1] && first.jobID == job.id)
            #expect(try await Self.claim(database, at: 11).isEmpty, "it is in somebody's hands")
            let lease = try #require(try await store.claim(at: 12)).lease
            _ = try await store.fail(lease, retryable: false, at: 13)
            #expect(try await Self.claim(database, at: 14).isEmpty, "order holds: the first one is still out")
            #expect(try await Self.settle(database, first, .init(delivered: 1), at: 15))
            let following = try #require(try await Self.claim(database, at: 16).first)
            #expect(following.events.map(\.sequence) == [2, 3])
            #expect(following.events.map(\.event.kind) == [.error, .finalized])
            #expect(try await Self.settle(database, following, .init(delivered: 2), at: 17))
            #expect(try await Self.claim(database, at: 1000 * second).isEmpty)
            let figures = try await database.read { try EventStreams.figures(on: $0) }
            #expect(figures == EventFigures(waitingStreams: 0, deadLetters: 0))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `are sent again when their worker vanished, and that worker records nothing any more`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            try await Self.register(database)
            try await StoreDriver(database: database).queue(1, at: 5)
            let old = try #require(try await Self.claim(database, at: 10).first)
            #expect(try await Self.claim(database, at: 9 + Self.lease).isEmpty)
            let new = try #require(try await Self.claim(database, at: 10 + Self.lease).first)
            #expect(new.events == old.events)
            #expect(try await !Self.settle(database, old, .init(delivered: 1), at: 11 + Self.lease))
            #expect(try await Self.settle(database, new, .init(delivered: 1), at: 12 + Self.lease))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `that fail wait, hold back only their own job, and end as dead letters that can be replayed in order`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            try await Self.register(database)
            let store = StoreDriver(database: database)
            try await store.queue(1, at: 5)
            let lease = try #require(try await store.claim(at: 6)).lease
            _ = try await store.fail(lease, retryable: false, at: 7)
            try await store.queue(2, at: 8)
            let both = try await Self.claim(database, at: 10)
            #expect(both.map(\.events.count) == [3, 1])
            #expect(try await Self.settle(database, both[1], .init(delivered: 1), at: 11))
            let refused = EventStreamOutcome(delivered: 1, failure: "500", retryAt: 20)
            #expect(try await Self.settle(database, both[0], refused, at: 11))
            #expect(try await Self.claim(database, at: 19).isEmpty)
            let again = try #require(try await Self.claim(database, at: 20).first)
            #expect(again.events.map(\.sequence) == [2, 3] && again.attempts == 1)
            let given = EventStreamOutcome(delivered: 0, failure: "500 again", retryAt: nil)
            #expect(try await Self.settle(database, again, given, at: 21))
            let rest = try #require(try await Self.claim(database, at: 22).first)
            #expect(rest.events.map(\.sequence) == [3] && rest.attempts == 0, "what comes after goes on")
            #expect(try await Self.settle(database, rest, .init(delivered: 1), at: 23))
            let dead = try await database.read { try EventDeadLetters.list(limit: 10, on: $0) }
            #expect(dead.map(\.event) == ["job-ada-1:2"] && dead[0].attempts == 2 && dead[0].reason == "500 again")
            #expect(try await database.write { try EventDeadLetters.replay(["nobody"], now: 29, on: $0) } == 0)
            #expect(try await database.write { try EventDeadLetters.replay(nil, now: 30, on: $0) } == 1)
            let replayed = try #require(try await Self.claim(database, at: 30).first)
            #expect(replayed.events.map(\.id) == ["job-ada-1:2", "job-ada-1:3"])
            #expect(try await database.read { try EventDeadLetters.list(limit: 10, on: $0) }.isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `go to every receiver, and to a new one only from when it was known`(kind: TestDatabase) async throws {
        try await kind.with { database in
            let store = StoreDriver(database: database)
            try await store.queue(1, at: 5)
            try await database.write { try EventStreams.register(["a", "b"], now: 6, on: $0) }
            #expect(try await Self.claim(database, at: 7, by: ["a", "b"]).isEmpty)
            let lease = try #require(try await store.claim(at: 8)).lease
            _ = try await store.fail(lease, retryable: false, at: 9)
            let a = try await Self.claim(database, at: 10, by: ["a", "b"])
            let b = try await Self.claim(database, at: 10, by: ["b", "a"])
            #expect(a.map { $0.events.map(\.sequence) } == [[2, 3]] && b.map(\.events) == a.map(\.events))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `reach a receiver of another release too, whichever release's worker hands them over`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            try await Self.register(database, ["old"])
            try await Self.register(database, ["old", "new"])
            try await StoreDriver(database: database).queue(1, at: 5)
            #expect(try await Self.claim(database, at: 10, by: ["old"]).count == 1)
            #expect(try await Self.claim(database, at: 11, by: ["new", "old"]).count == 1)
            let day = 86_400 * second
            try await StoreDriver(database: database).queue(2, at: day + 5)
            #expect(try await Self.claim(database, at: day + 10, by: ["old"]).count == 2)
            #expect(
                try await Self.claim(database, at: day + 11, by: ["new", "old"]).count == 1,
                "it gets nothing new after nobody has served it for a day")
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `go to the corrected address when they are sent again, with what still waited for the wrong one`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            try await Self.register(database, ["wrong"])
            let store = StoreDriver(database: database)
            for number in [1, 2] { try await store.queue(number, at: 5) }
            let streams = try await Self.claim(database, at: 6, by: ["wrong"])
            #expect(streams.count == 2)
            let dead = EventStreamOutcome(delivered: 0, failure: "404", retryAt: nil)
            let later = EventStreamOutcome(delivered: 0, failure: "404", retryAt: 9)
            #expect(try await Self.settle(database, streams[0], dead, at: 7))
            #expect(try await Self.settle(database, streams[1], later, at: 7))
            let now = 2 * 86_400 * second
            try await database.write { try EventStreams.register(["right"], now: now, on: $0) }
            let refused = await #expect(throws: EventReplayError.self) {
                try await database.write { try EventDeadLetters.replay(nil, now: now, on: $0) }
            }
            #expect(refused?.description.contains("right: name it with --to") == true)
            #expect(try await database.read { try EventDeadLetters.list(limit: 9, on: $0) }.count == 1)
            await #expect(throws: EventReplayError.self) {
                try await database.write { try EventDeadLetters.replay(nil, to: "nobody", now: now, on: $0) }
            }
            #expect(try await database.write { try EventDeadLetters.replay(nil, to: "right", now: now, on: $0) } == 1)
            let moved = try await Self.claim(database, at: now + 1, by: ["right"])
            #expect(moved.map { $0.events.map(\.sequence) } == [[1], [1]])
            #expect(try await Self.claim(database, at: now + 1, by: ["wrong"]).isEmpty)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `are claimed by many workers at once without one being handed out twice`(kind: TestDatabase) async throws {
        try await kind.with { database in
            try await Self.register(database)
            let store = StoreDriver(database: database)
            for number in 0..<30 { try await store.queue(number, at: 5) }
            let jobs = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<6 {
                    group.addTask {
                        var mine: [String] = []
                        while true {
                            let streams = try await Self.claim(database, at: 10, limit: 2)
                            guard !streams.isEmpty else { return mine }
                            mine += streams.map(\.jobID)
                        }
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let rest = try await Self.claim(database, at: 10, limit: 100).map(\.jobID)
            #expect(Set(jobs + rest).count == 30 && (jobs + rest).count == 30)
        }
    }
}
