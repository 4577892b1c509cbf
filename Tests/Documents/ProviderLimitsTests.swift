import Storage
import Synchronization
import Testing

@testable import Documents

@Suite(.timeLimit(.minutes(5))) struct `A provider's limits` {
    private static let minute = 60 * second
    private static let allowance = ProviderAllowance(
        provider: "openai", parallel: 3, requestsPerMinute: 5, tokensPerMinute: 1000)

    private static func enter(
        _ database: any Database, tokens: Int = 10, holder: String = "w1", at now: Int64
    ) async throws -> ProviderLimits.Decision {
        try await database.write { connection in
            try ProviderLimits.enter(
                allowance, tokens: tokens, holder: holder, lifetime: minute, now: now, on: connection)
        }
    }

    private static func leave(_ database: any Database, _ place: Int, holder: String = "w1") async throws {
        try await database.write { connection throws in
            try ProviderLimits.leave("openai", place: place, holder: holder, on: connection)
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `let three requests in at once, over all workers, and free a killed worker's place`(
        kind: TestDatabase
    ) async throws {
        try await kind.with { database in
            let decisions = try await withThrowingTaskGroup(of: ProviderLimits.Decision.self) { group in
                for worker in 0..<8 {
                    group.addTask { try await Self.enter(database, holder: "w\(worker)", at: 10) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(decisions.count { $0 == .full } == 5)
            #expect((0..<3).allSatisfy { decisions.contains(.admitted(place: $0)) })
            #expect(try await Self.enter(database, at: 9 + Self.minute) == .full)
            #expect(try await Self.enter(database, at: 10 + Self.minute) == .admitted(place: 0))
            try await Self.leave(database, 0, holder: "somebody else")
            #expect(try await Self.enter(database, at: 11 + Self.minute) == .admitted(place: 1))
            try await Self.leave(database, 0)
            #expect(try await Self.enter(database, at: 12 + Self.minute) == .admitted(place: 0))
        }
    }

    @Test(arguments: TestDatabase.allCases)
    func `count requests and tokens by the minute`(kind: TestDatabase) async throws {
        try await kind.with { database in
            for tokens in [400, 600] {
                #expect(try await Self.enter(database, tokens: tokens, at: 100) == .admitted(place: 0))
                try await Self.leave(database, 0)
            }
            #expect(try await Self.enter(database, tokens: 1, at: 15 * second) == .wait(45 * second))
            for _ in 0..<5 {
                #expect(try await Self.enter(database, at: Self.minute) == .admitted(place: 0))
                try await Self.leave(database, 0)
            }
            #expect(try await Self.enter(database, at: Self.minute + 1) == .wait(Self.minute - 1))
            let large = try await Self.enter(database, tokens: 5000, at: 2 * Self.minute)
            #expect(large == .admitted(place: 0), "it would never fit")
        }
    }

    @Test func `are waited for by those who want in, and after a while are no attempt`() async throws {
        try await TestDatabase.sqlite.with { database in
            let clock = Atomic<Int64>(5 * second)
            let waits = Mutex<[Duration]>([])
            let gate = SharedGate(
                database: database, allowance: Self.allowance, holder: "w1",
                now: { clock.load(ordering: .relaxed) }, report: { _ in },
                pause: { time in
                    waits.withLock { $0.append(time) }
                    clock.add(time.microseconds, ordering: .relaxed)
                })
            await gate.leave(try await gate.enter(tokens: 999))
            await gate.leave(try await gate.enter(tokens: 999))
            #expect(waits.withLock { $0 } == [.seconds(55)])
            for _ in 0..<3 {
                _ = try await Self.enter(database, tokens: 0, holder: "w2", at: clock.load(ordering: .relaxed))
            }
            _ = try await gate.enter(tokens: 1)
            #expect(waits.withLock { $0 }.contains(.milliseconds(100)), "a killed worker's places come free")
        }
    }

    @Test func `that a provider asks to be left alone for are honoured by everyone in the process, as no attempt`()
        async throws
    {
        let time = Mutex(0.0)
        let calls = GuardedCalls(provider: "openai", seconds: { time.withLock { $0 } })
        await #expect(throws: ProviderError.rateLimited(provider: "openai", retryAfter: 20)) {
            try await calls.call { () async throws(ProviderError) -> Int in
                throw .rateLimited(provider: "openai", retryAfter: 20)
            }
        }
        #expect(calls.waits == 20)
        time.withLock { $0 = 5 }
        let error = await #expect(throws: ProviderError.self) {
            try await calls.call { () async throws(ProviderError) -> Int in 1 }
        }
        #expect(error?.isNoAttempt == true && error?.retryAfter == 15)
        time.withLock { $0 = 20 }
        #expect(try await calls.call { () async throws(ProviderError) -> Int in 1 } == 1)
    }
}
