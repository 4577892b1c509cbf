import Ledger
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `The ledger's desk` {
    private let now: @Sendable () -> Int64 = { Clock.noon }

    private func request(_ key: String, pages: Int64 = 1, sku: String = "llamaparse") -> HoldRequest {
        HoldRequest(key: key, sku: sku, quantity: pages, reference: "job")
    }

    /// The counter's row as it stands, without what waits to be counted.
    private func row(_ scope: String, _ database: any Database) async throws -> [Nanodollars] {
        try await database.read { connection in
            let row = try #require(
                try connection.first("SELECT * FROM ledger_counter WHERE scope = ? ORDER BY day DESC", [scope]))
            return try ["posted", "overage", "held"].map { try row.get($0) }
        }
    }

    @Test(arguments: Driver.allCases)
    func `answers those who come together in one transaction, each with a decision of its own`(
        driver: Driver
    ) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "0.030")
            let database = WatchedDatabase(books.database)
            let desk = LedgerDesk(database: database, now: now)
            let decisions = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<21 {
                    group.addTask { try await desk.hold(request("key-\(number)")).isHeld }
                    if number == 0 { #expect(await eventually { database.writes == 1 }) }
                }
                #expect(await eventually { desk.waitingCount == 20 })
                database.release()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(database.writes == 2)
            #expect(decisions.count { $0 } == 10)
            let total = try await books.spend()
            #expect(total.held == dollars("0.030") && total.isReached)
        }
    }

    @Test(arguments: Driver.allCases)
    func `lets no bad request spoil the others`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let requests: [LedgerRequest] = [
                .hold(request("a")), .release(key: "nobody's"), .hold(request("b", pages: -1)),
                .post(key: "nobody's either", .units(1)), .hold(request("c", pages: .max)), .hold(request("a")),
                .hold(request("d")), .release(key: "d"), .post(key: "a", .units(-1)),
            ]
            let answers = try await books.database.write(.readCommitted) {
                try Ledger.settle(requests, on: $0, at: Clock.noon)
            }
            let succeeded = answers.map { if case .success = $0 { true } else { false } }
            #expect(succeeded == [true, false, false, false, false, true, true, true, false])
            #expect(try answers[0].get() == answers[5].get())
            let total = try await books.spend()
            #expect(total.held == dollars("0.003") && total.spent == .zero)
        }
    }

    @Test(arguments: Driver.allCases)
    func `counts what was posted with its stage, whichever process comes next`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let desk = LedgerDesk(database: books.database, now: now)
            #expect(try await desk.hold(request("a", pages: 10)).isHeld)
            try await books.post("a", 4)
            let held = [Nanodollars.zero, .zero, dollars("0.03")]
            #expect(try await row("llamaparse", books.database) == held, "the stage does not wait for the counter")
            let known = try await books.spend("llamaparse")
            #expect(known.spent == dollars("0.012") && known.held == .zero, "who asks is told all the same")
            try await LedgerDesk(database: books.other, now: now).tidy()
            for scope in ["llamaparse", "total"] {
                #expect(try await row(scope, books.database) == [dollars("0.012"), .zero, .zero])
            }
            try await LedgerDesk(database: books.database, now: now).tidy()
            #expect(try await row("total", books.database) == [dollars("0.012"), .zero, .zero], "once")
        }
    }

    @Test(arguments: Driver.allCases)
    func `tells the counter of an overage at once`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let desk = LedgerDesk(database: books.database, now: now)
            #expect(try await desk.hold(request("a")).isHeld)
            try await books.post("a", 3)
            #expect(try await row("total", books.database) == [.zero, dollars("0.006"), dollars("0.003")])
            try await desk.tidy()
            #expect(try await row("total", books.database) == [dollars("0.003"), dollars("0.006"), .zero])
        }
    }

    @Test(arguments: Driver.allCases)
    func `posts what belongs to no stage, once`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let desk = LedgerDesk(database: books.database, now: now)
            #expect(try await desk.hold(request("a", pages: 10)).isHeld)
            let posting = try await desk.post("a", .units(4))
            #expect(posting == Posting(key: "a", cost: dollars("0.012"), overage: .zero))
            #expect(try await desk.post("a", .units(99)) == posting)
            #expect(try await row("total", books.database) == [dollars("0.012"), .zero, .zero])
        }
    }

    @Test(arguments: Driver.allCases)
    func `says that it does not know what a call cost whose worker died`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            #expect(try await books.hold("a", 10, lifetime: 5).isHeld)
            #expect(try await books.hold("b", 10, lifetime: 5).isHeld)
            let later = LedgerDesk(database: books.database, now: { Clock.noon + 5 })
            try await later.tidy()
            let total = try await books.spend()
            #expect(total.unknown == dollars("0.06") && total.held == .zero && total.spent == .zero)
            let day = Ledger.day(of: Clock.noon)
            let unknowns = try await books.database.read { try Ledger.unknowns(from: day, through: day, on: $0) }
            #expect(unknowns.map(\.key) == ["a", "b"] && unknowns.map(\.reference) == ["job", "job"])
            try await books.post("a", 1, at: Clock.noon + 6)
            #expect(try await books.spend("llamaparse").unknown == dollars("0.03"), "it came after all")
        }
    }

    @Test(arguments: Driver.allCases)
    func `ends nobody's holds because its clock was set forward, until they are over by any clock`(
        driver: Driver
    ) async throws {
        try await Books.open(driver) { books in
            let time = Mutex((now: Clock.noon, steady: Int64(0)))
            func pass(_ seconds: Int64, steadily steady: Int64) {
                time.withLock { $0 = ($0.now + seconds * Clock.second, $0.steady + steady * Clock.second) }
            }
            let desk = LedgerDesk(
                database: books.database, now: { time.withLock(\.now) }, steady: { time.withLock(\.steady) })
            #expect(try await books.hold("another's", 10, lifetime: 900 * Clock.second).isHeld)
            #expect(try await books.hold("short", 10, lifetime: 60 * Clock.second).isHeld)
            pass(61, steadily: 61)
            try await desk.tidy()
            #expect(try await books.spend().unknown == dollars("0.03"), "time passes as it should")
            pass(3600, steadily: 1)
            try await desk.tidy()
            pass(800, steadily: 800)
            try await desk.tidy()
            _ = try await desk.hold(request("ours"))
            #expect(try await books.spend().unknown == dollars("0.03"))
            #expect(try await books.spend().held == dollars("0.033"))
            pass(101, steadily: 101)
            try await desk.tidy()
            #expect(try await books.spend().unknown == dollars("0.06"))
        }
    }

    @Test(arguments: Driver.allCases)
    func `works beside a release that counts at once`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let desk = LedgerDesk(database: books.database, now: now)
            #expect(try await desk.hold(request("ours", pages: 10)).isHeld)
            #expect(try await desk.hold(request("theirs", pages: 10)).isHeld)
            try await books.post("ours", 4)
            try await earlierRelease(ends: "theirs", of: dollars("0.03"), books.other)
            #expect(try await row("total", books.database) == [.zero, .zero, dollars("0.03")])
            #expect(try await books.spend().held == .zero)
            try await desk.tidy()
            #expect(try await row("total", books.database) == [dollars("0.012"), .zero, .zero])
        }
    }

    /// What the release before the desk did to give back a hold.
    private func earlierRelease(ends key: String, of amount: Nanodollars, _ database: any Database) async throws {
        try await database.write { connection in
            let day = Ledger.day(of: Clock.noon)
            #expect(
                try connection.execute(
                    "UPDATE ledger_hold SET outcome = 'released', ended_at = ? WHERE id = ? AND outcome IS NULL",
                    [Clock.noon, key]) == 1)
            for scope in ["total", "llamaparse"] {
                try connection.execute(
                    "UPDATE ledger_counter SET held = held + ? WHERE scope = ? AND day = ?",
                    [Nanodollars(-amount.count), scope, day])
            }
        }
    }
}
