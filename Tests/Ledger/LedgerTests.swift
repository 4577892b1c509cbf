import Ledger
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LedgerTests {
    @Test(arguments: Driver.allCases)
    func `a hold counts against the budget until its cost is posted`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "1")
            #expect(try await books.hold("a", 10).isHeld)
            #expect(try await books.spend().held == dollars("0.03"))
            let posting = try await books.post("a", 4)
            #expect(posting == Posting(key: "a", cost: dollars("0.012"), overage: .zero))
            let total = try await books.spend()
            #expect(total.spent == dollars("0.012") && total.held == .zero && !total.isFrozen)
            #expect(try await books.spend("llamaparse").spent == dollars("0.012"))
            #expect(try await books.database.read { try Ledger.cost(of: "job", on: $0) } == dollars("0.012"))
        }
    }

    @Test(arguments: Driver.allCases)
    func `what was posted from one moment until another is summed`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            for (name, at) in [("a", Clock.noon), ("b", Clock.noon + 100), ("c", Clock.noon + 200)] {
                #expect(try await books.hold(name, 10, at: at).isHeld)
                _ = try await books.post(name, 4, at: at + 1)
            }
            func spent(_ from: Int64, _ until: Int64) async throws -> Nanodollars {
                try await books.database.read { try Ledger.spent(on: $0, from: from, until: until) }
            }
            #expect(try await spent(Clock.noon, Clock.noon + 300) == dollars("0.036"))
            #expect(try await spent(Clock.noon + 50, Clock.noon + 150) == dollars("0.012"))
            #expect(try await spent(Clock.noon + 300, Clock.noon + 400) == .zero)
        }
    }

    @Test(arguments: Driver.allCases)
    func `a hold that would exceed a limit is refused, and seen by who watches`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "1")
            try await books.limit("llamaparse", "0.03")
            #expect(try await books.hold("a", 8).isHeld)
            #expect(try await !books.spend("llamaparse").isReached)
            let refused = HoldDecision.refused(
                .budgetReached(
                    scope: "llamaparse", limit: dollars("0.03"), spent: .zero, held: dollars("0.024"),
                    asked: dollars("0.009")))
            #expect(try await books.hold("b", 3) == refused)
            #expect(try await books.hold("c", 2).isHeld)
            #expect(try await books.spend("llamaparse").isReached)
            #expect(try await !books.spend("total").isReached)
            try await books.limit("llamaparse", "0.06", at: Clock.noon + 1)
            #expect(try await !books.spend("llamaparse", at: Clock.noon + 1).isReached)
            #expect(try await books.hold("b", 3, at: Clock.noon + 2).isHeld)
        }
    }

    @Test(arguments: Driver.allCases)
    func `what has no price is not held`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let unknown = try await books.hold("a", 1, sku: "gpt-9")
            #expect(unknown == .refused(.noPrice(sku: "gpt-9")))
            let early = try await books.hold("a", 1, at: -1)
            #expect(early == .refused(.noPrice(sku: "llamaparse")))
        }
    }

    @Test(arguments: Driver.allCases)
    func `smoke tests may use the reserve, others not`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "0.030", reserve: "0.006")
            #expect(try await books.hold("a", 8).isHeld)
            #expect(try await !books.hold("b", 1).isHeld)
            #expect(try await books.hold("smoke", 2, reserve: true).isHeld)
            #expect(try await !books.hold("smoke-2", 1, reserve: true).isHeld)
        }
    }

    @Test(arguments: Driver.allCases)
    func `a cost beyond its hold is recorded, and freezes the provider for a day by the clock`(driver: Driver)
        async throws
    {
        try await Books.open(driver) { books in
            try await books.limit("total", "0.030")
            #expect(try await books.hold("a", 8).isHeld)
            let posting = try await books.post("a", 20)
            #expect(posting == Posting(key: "a", cost: dollars("0.06"), overage: dollars("0.036")))
            let total = try await books.spend()
            #expect(total.spent == dollars("0.06") && total.overage == dollars("0.036") && total.held == .zero)
            #expect(try await books.spend("llamaparse").isFrozen)
            let frozen = HoldDecision.refused(.frozen(scope: "llamaparse", overage: dollars("0.036")))
            try await books.limit("total", "10")
            #expect(try await books.hold("b", 1) == frozen)
            #expect(try await books.hold("c", 1, sku: "text-embedding-3-small").isHeld)
            // Who mends the estimate has to prove it.
            #expect(try await books.hold("proof", 1, reserve: true).isHeld)
            // The next day of UTC has begun, on which nothing was spent and no budget is of the provider.
            let next = Clock.noon + Clock.day - 1
            #expect(try await books.hold("b", 1, at: next) == frozen)
            let seen = try await books.spend("llamaparse", at: next)
            #expect(seen.frozen == ScopeFreeze(overage: dollars("0.036"), endsAt: next + 1) && seen.spent == .zero)
            #expect(try await books.hold("d", 1, at: Clock.noon + Clock.day).isHeld)
            let lifted = try await books.database.write {
                try Ledger.liftFreezes(of: "llamaparse", reason: "looked", on: $0, at: Clock.noon)
            }
            #expect(lifted == 1)
            #expect(try await books.hold("b", 1).isHeld)
        }
    }

    @Test(arguments: Driver.allCases)
    func `posting twice is posting once`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            _ = try await books.hold("a", 10)
            let first = try await books.post("a", 12)
            #expect(try await books.post("a", 99) == first)
            #expect(try await books.spend().spent == dollars("0.036"))
        }
    }

    @Test(arguments: Driver.allCases)
    func `holding twice is holding once, and a key is good for one call`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let first = try await books.hold("a", 10)
            #expect(try await books.hold("a", 10) == first)
            #expect(try await books.spend().held == dollars("0.03"))
            await #expect(throws: LedgerError.keyUsed(key: "a", reason: "it was for something else")) {
                _ = try await books.hold("a", 10, sku: "text-embedding-3-small")
            }
            try await books.release("a")
            try await books.release("a")
            #expect(try await books.spend().held == .zero)
            await #expect(throws: LedgerError.keyUsed(key: "a", reason: "its hold is released")) {
                _ = try await books.hold("a", 10)
            }
            await #expect(throws: LedgerError.unknownHold(key: "x")) { try await books.post("x", 1) }
            await #expect(throws: LedgerError.unknownHold(key: "x")) { try await books.release("x") }
        }
    }

    @Test(arguments: Driver.allCases)
    func `an expired hold frees the budget, and its late cost is recorded all the same`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "0.030")
            #expect(try await books.hold("a", 10, lifetime: 5).isHeld)
            #expect(try await !books.hold("b", 10, at: Clock.noon + 4).isHeld)
            #expect(try await books.hold("b", 10, at: Clock.noon + 5).isHeld)
            let late = try await books.post("a", 1, at: Clock.noon + 6)
            #expect(late == Posting(key: "a", cost: dollars("0.003"), overage: dollars("0.003")))
            #expect(try await books.spend("llamaparse").isFrozen)
        }
    }

    @Test(arguments: Driver.allCases)
    func `who asks again when the time of a hold is over is told so`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let first = try await books.hold("a", 10, lifetime: 5)
            #expect(try await books.hold("a", 10, at: Clock.noon + 4) == first)
            let late = LedgerError.keyUsed(key: "a", reason: "the time of its hold is over")
            await #expect(throws: late) { _ = try await books.hold("a", 10, at: Clock.noon + 5) }
        }
    }

    @Test(arguments: Driver.allCases)
    func `a cost counts for the day of its hold, and each day has its own budget`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let midnight = 20_701 * Clock.day
            try await books.limit("total", "0.030", at: 0)
            #expect(try await books.hold("old", 10, at: midnight - 1).isHeld)
            #expect(try await !books.hold("no", 1, at: midnight - 1).isHeld)
            #expect(try await books.hold("new", 10, at: midnight).isHeld)
            try await books.post("old", 10, at: midnight + 1)
            #expect(try await books.spend(at: midnight - 1).spent == dollars("0.03"))
            #expect(try await books.spend(at: midnight).spent == .zero)
            #expect(try await books.spend(at: midnight).held == dollars("0.03"))
        }
    }

    @Test(arguments: Driver.allCases)
    func `what the provider reports wins over our arithmetic`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            _ = try await books.hold("a", 10)
            let posting = try await books.database.write {
                try Ledger.post("a", .reported(Nanodollars(7), units: 4), on: $0, at: Clock.noon)
            }
            #expect(posting.cost == Nanodollars(7))
        }
    }

    @Test(arguments: Driver.allCases)
    func `a new price holds from its time on, and changes nothing before`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            _ = try await books.hold("before", 1)
            try await books.database.write {
                let price = Price(
                    sku: "llamaparse", provider: "llamaparse", unit: "page", amount: dollars("0.005"), per: 1,
                    effectiveFrom: Clock.noon + 1, source: "test")
                try Ledger.add(price, on: $0)
            }
            _ = try await books.hold("after", 1, at: Clock.noon + 1)
            #expect(try await books.post("before", 1, at: Clock.noon + 2).cost == dollars("0.003"))
            #expect(try await books.post("after", 1, at: Clock.noon + 2).cost == dollars("0.005"))
        }
    }

    @Test(arguments: Driver.allCases)
    func `a raise for a stated time ends with it`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "0.003")
            try await books.database.write {
                try Ledger.setBudget(
                    "total", limit: dollars("0.006"), reserve: .zero, reason: "a backlog", until: Clock.noon + 10,
                    on: $0,
                    at: Clock.noon)
            }
            #expect(try await books.hold("a", 2).isHeld)
            #expect(try await books.spend().budget?.limit == dollars("0.006"))
            #expect(try await books.spend(at: Clock.noon + 10).budget?.limit == dollars("0.003"))
            #expect(try await !books.hold("b", 1, at: Clock.noon + 10).isHeld)
        }
    }

    @Test(arguments: Driver.allCases, ["UPDATE ledger_posting SET nanos = 0", "DELETE FROM ledger_transfer"])
    func `what was recorded cannot be changed`(driver: Driver, statement: String) async throws {
        try await Books.open(driver) { books in
            _ = try await books.hold("a", 1)
            try await books.post("a", 1)
            let error = await #expect(throws: DatabaseError.self) {
                _ = try await books.database.write { try $0.execute(statement) }
            }
            guard case .constraint = error else { throw try #require(error) }
        }
    }

    @Test(arguments: Driver.allCases)
    func `a cost that commits with nothing is not recorded`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            _ = try await books.hold("a", 1)
            await #expect(throws: CancellationError.self) {
                try await books.database.write { connection in
                    try Ledger.post("a", .units(1), on: connection, at: Clock.noon)
                    throw CancellationError()
                }
            }
            let spend = try await books.spend()
            #expect(spend.spent == .zero && spend.held == dollars("0.003"))
        }
    }

    @Test func `a ledger whose tables are not known is unknown, not zero`() async throws {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("empty.sqlite"))")
        guard case .unknown(let reason) = await LedgerReader(database).today(at: 0) else {
            throw LedgerError.unknownHold(key: "known")
        }
        #expect(reason.contains("pipeline migrate"))
        try await Ledger.migrate(database, now: 0)
        #expect(await LedgerReader(database).today(at: 0).total?.spent == .zero)
        await database.close()
        guard case .unknown = await LedgerReader(database).today(at: 0) else {
            throw LedgerError.unknownHold(key: "known")
        }
    }
}
