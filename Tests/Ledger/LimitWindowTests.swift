import Ledger
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Limits that change`: LimitTesting {
    private func limit(
        _ period: Limit.Period = .day, scope: String = "total", amount: String = "0.006", action: Limit.Action = .defer,
        from: Int64 = 0, until: Int64? = nil
    ) -> Limit {
        Limit(
            name: "l", scope: scope, period: period, amount: dollars(amount), action: action, effectiveFrom: from,
            effectiveTo: until, reason: "test")
    }

    @Test(arguments: Driver.allCases, [(Limit.Period.hour, Limit.Period.day), (.day, .hour)])
    func `their period go on from what is spent, whoever's clock is behind`(
        driver: Driver, periods: (Limit.Period, Limit.Period)
    ) async throws {
        try await Books.open(driver) { books in
            // An hour and the day begin together.
            let midnight = Clock.noon - Clock.day / 2
            try await set(limit(periods.0), books)
            #expect(try await hold("a", pages: 2, at: midnight, books).isHeld)
            try await set(limit(periods.1, from: midnight + 2), books)
            #expect(try await !hold("behind", at: midnight + 1, books).isHeld)
            #expect(try await !hold("b", at: midnight + 3, books).isHeld)
            #expect(try await states(books, at: midnight + 3).map(\.held) == [dollars("0.006")])
            try await books.post("a", 1, at: midnight + 4)
            #expect(try await !hold("c", pages: 2, at: midnight + 5, books).isHeld)
            #expect(try await hold("c", at: midnight + 6, books).isHeld)
            let state = try #require(try await states(books, at: midnight + 6).first)
            #expect(state.spent == dollars("0.003") && state.held == dollars("0.003") && state.requests == 2)
        }
    }

    @Test(arguments: Driver.allCases)
    func `away and back know what happened in between`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await set(limit(), books)
            #expect(try await hold("before", books).isHeld)
            try await books.database.write { try Ledger.keepLimits([], reason: "file", on: $0, at: Clock.noon + 1) }
            #expect(try await hold("between", pages: 9, at: Clock.noon + 2, books).isHeld)
            try await books.release("before", at: Clock.noon + 3)
            try await books.post("between", 1, at: Clock.noon + 3)
            try await settle(books, at: Clock.noon + 3)
            try await set(limit(from: Clock.noon + 4), books)
            #expect(try await !hold("after", pages: 2, at: Clock.noon + 5, books).isHeld)
            #expect(try await hold("after", at: Clock.noon + 5, books).isHeld)
            let state = try #require(try await states(books, at: Clock.noon + 5).first)
            #expect(state.spent == dollars("0.003") && state.held == dollars("0.003") && state.requests == 2)
        }
    }

    @Test(arguments: Driver.allCases)
    func `their scope and change it back know what happened in between`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await set(limit(), books)
            #expect(try await hold("before", books).isHeld)
            try await set(limit(scope: "user:*", from: Clock.noon + 1), books)
            #expect(try await hold("between", at: Clock.noon + 2, books).isHeld)
            try await set(limit(from: Clock.noon + 3), books)
            #expect(try await !hold("after", at: Clock.noon + 4, books).isHeld)
            try await books.post("between", 1, at: Clock.noon + 5)
            try await settle(books, at: Clock.noon + 5)
            let state = try #require(try await states(books, at: Clock.noon + 5).first)
            #expect(state.spent == dollars("0.003") && state.held == dollars("0.003") && state.requests == 2)
        }
    }

    @Test(arguments: Driver.allCases)
    func `by a raise do not stop again for what was refused before it`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await set(limit(action: .stop), books)
            #expect(try await hold("a", pages: 2, books).isHeld)
            #expect(try await !hold("b", books).isHeld)
            try await set(
                limit(amount: "0.009", action: .stop, from: Clock.noon + 10, until: Clock.noon + 20), books)
            #expect(try await hold("b", at: Clock.noon + 11, books).isHeld)
            let tomorrow = Clock.noon + Clock.day
            #expect(try await states(books, at: tomorrow).map(\.isReached) == [false])
            #expect(try await hold("c", pages: 2, at: tomorrow, books).isHeld)
        }
    }

    @Test(arguments: Driver.allCases)
    func `are not stopped by who is refused because they stop`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await set(limit(action: .stop), books)
            #expect(try await hold("a", pages: 2, books).isHeld)
            #expect(try await !hold("b", books).isHeld)
            // A second ahead of who sets it anew.
            #expect(try await !hold("b", at: Clock.noon + Clock.second, books).isHeld)
            try await set(limit(amount: "0.009", action: .stop, from: Clock.noon + 10), books)
            #expect(try await hold("b", at: Clock.noon + 2 * Clock.second, books).isHeld)
        }
    }

    @Test(arguments: [
        ("UPDATE ledger_window SET held = held - 1", "held"), ("UPDATE ledger_window SET requests = 7", "requests"),
        ("UPDATE ledger_window SET posted = posted + 1", "posted"),
        ("UPDATE ledger_hour SET nanos = nanos + 1", "hour"),
        ("DELETE FROM ledger_hour", "hour"), ("UPDATE ledger_counter SET held = held + 1", "counter"),
    ])
    func `are found out when somebody has put wrong numbers into their windows`(
        change: String, finding: String
    ) async throws {
        try await Books.open(.sqlite) { books in
            try await set(limit(amount: "1"), books)
            #expect(try await hold("a", books).isHeld)
            try await books.post("a", 1)
            #expect(try await hold("b", books).isHeld)
            struct Undone: Error {}
            _ = await #expect(throws: Undone.self) {
                try await books.database.write { connection in
                    #expect(try Ledger.findings(on: connection) == [])
                    try connection.execute(change)
                    let findings = try Ledger.findings(on: connection)
                    #expect(!findings.isEmpty && findings.allSatisfy { $0.contains(finding) }, "\(findings)")
                    throw Undone()
                }
            }
        }
    }

    @Test(arguments: [
        ("total", 4), ("llamaparse", 3), ("openai", 1), ("model:llamaparse", 3), ("service:worker", 4),
        ("release:v1", 4), ("user:ada", 2), ("user:*", 2),
    ])
    func `in the middle of a period count what is theirs`(scope: String, requests: Int64) async throws {
        try await Books.open(.sqlite) { books in
            #expect(try await hold("a", user: "ada", books).isHeld)
            #expect(try await hold("b", user: "bob", books).isHeld)
            #expect(try await hold("c", sku: "text-embedding-3-small", books).isHeld)
            #expect(try await hold("yesterday", user: "ada", at: Clock.noon - Clock.day, books).isHeld)
            try await set(limit(scope: scope, amount: "1", from: Clock.noon + 1), books)
            let sku = scope == "openai" ? "text-embedding-3-small" : "llamaparse"
            #expect(try await hold("d", user: "ada", sku: sku, at: Clock.noon + 2, books).isHeld)
            let counted = try await states(books, at: Clock.noon + 2).map(\.requests)
            #expect(counted == [scope == "openai" ? 2 : requests])
        }
    }
}
