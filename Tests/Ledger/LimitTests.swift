import Ledger
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Limits`: LimitTesting {
    @Test(arguments: Driver.allCases)
    func `of an hour refuse until the next`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await set(
                Limit(
                    name: "hourly", scope: "llamaparse", period: .hour, amount: dollars("0.006"), effectiveFrom: 0,
                    reason: "test"), books)
            #expect(try await hold("a", pages: 2, books).isHeld)
            let refused = HoldDecision.refused(
                .limitReached(
                    limit: "hourly", scope: "llamaparse", period: .hour, amount: dollars("0.006"), spent: .zero,
                    held: dollars("0.006"), asked: dollars("0.003")))
            #expect(try await hold("b", books) == refused)
            #expect(try await hold("c", sku: "text-embedding-3-small", books).isHeld)
            #expect(try await states(books).map(\.isReached) == [true])
            try await books.post("a", 1)
            #expect(try await hold("b", books).isHeld, "what was not spent is there again")
            #expect(try await hold("d", pages: 2, at: Clock.noon + 3600 * Clock.second, books).isHeld)
        }
    }

    @Test(arguments: Driver.allCases)
    func `count requests, and not those that were never made`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await set(
                Limit(
                    name: "calls", scope: "llamaparse", period: .hour, requests: 2, warnings: [50, 100],
                    effectiveFrom: 0, reason: "test"), books)
            #expect(try await hold("a", books).isHeld)
            #expect(try await states(books).map(\.warning) == [50])
            #expect(try await hold("b", books).isHeld)
            #expect(
                try await hold("c", books)
                    == .refused(.requestsReached(limit: "calls", scope: "llamaparse", period: .hour, requests: 2)))
            try await books.release("a")
            #expect(try await hold("c", books).isHeld)
            try await books.post("b", 1)
            #expect(try await !hold("d", books).isHeld)
        }
    }

    @Test(arguments: Driver.allCases)
    func `for each user count each by itself`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await set(
                Limit(
                    name: "users", scope: "user:*", period: .month, zone: "Europe/Berlin", amount: dollars("0.006"),
                    effectiveFrom: 0, reason: "test"), books)
            #expect(try await hold("a", pages: 2, user: "ada", books).isHeld)
            #expect(try await !hold("b", user: "ada", books).isHeld)
            #expect(try await hold("c", pages: 2, user: "bob", books).isHeld)
            #expect(try await hold("d", pages: 9, books).isHeld)
            #expect(try await states(books).map(\.scope) == ["user:ada", "user:bob"])
        }
    }

    @Test(arguments: Driver.allCases)
    func `set in the middle of their window know what it has seen`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            for (key, pages) in [("posted", Int64(2)), ("open", 3), ("released", 4), ("waiting", 5)] {
                #expect(try await hold(key, pages: pages, books).isHeld)
            }
            try await books.post("posted", 1)
            try await books.release("released")
            #expect(try await hold("counts", books).isHeld)
            try await books.post("waiting", 5)
            try await set(
                Limit(
                    name: "late", scope: "service:worker", period: .day, amount: dollars("1"),
                    effectiveFrom: Clock.noon + 1, reason: "test"), books)
            #expect(try await hold("first", at: Clock.noon + 2, books).isHeld)
            let state = try #require(try await states(books, at: Clock.noon + 2).first)
            #expect(state.spent == dollars("0.018") && state.held == dollars("0.015"))
            #expect(state.requests == 5)
        }
    }

    @Test(arguments: Driver.allCases)
    func `that stop do so until somebody sets them anew`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            var limit = Limit(
                name: "total", scope: "total", period: .hour, amount: dollars("0.003"), action: .stop, effectiveFrom: 0,
                reason: "test")
            try await set(limit, books)
            #expect(try await hold("a", books).isHeld)
            #expect(try await !hold("b", books).isHeld)
            let later = Clock.noon + 7200 * Clock.second
            #expect(try await states(books, at: later).map(\.isReached) == [true], "before anybody asks again")
            #expect(try await hold("b", at: later, books) == .refused(.stopped(limit: "total", scope: "total")))
            (limit.amount, limit.effectiveFrom) = (dollars("0.009"), later)
            try await set(limit, books)
            #expect(try await hold("b", at: later + 1, books).isHeld)
        }
    }

    @Test(arguments: Driver.allCases)
    func `that only alert hold nothing back`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await set(
                Limit(
                    name: "soft", scope: "model:llamaparse", period: .day, amount: dollars("0.003"), action: .alert,
                    warnings: [80], effectiveFrom: 0, reason: "test"), books)
            #expect(try await hold("a", pages: 2, books).isHeld)
            let held = try #require(try await states(books).first)
            #expect(held.isReached && held.warning == nil, "what is only held warns of nothing")
            try await books.post("a", 2)
            _ = try await books.database.write { try Ledger.settle([], on: $0, at: Clock.noon) }
            let spent = try #require(try await states(books).first)
            #expect(spent.isReached && spent.warning == 80 && spent.share == 2 && spent.used == "0.006 of 0.003 USD")
        }
    }

    @Test(arguments: Driver.allCases)
    func `that were raised return when the time is over, and stay raised when the file is read again`(
        driver: Driver
    ) async throws {
        try await Books.open(driver) { books in
            let file = Limit(
                name: "l", scope: "total", period: .day, zone: "Europe/Berlin", amount: dollars("1"), effectiveFrom: 0,
                reason: "file")
            var raise = file
            (raise.amount, raise.effectiveFrom, raise.effectiveTo) = (dollars("2"), Clock.noon, Clock.noon + 10)
            var again = file
            again.effectiveFrom = Clock.noon + 1
            for limit in [file, raise, again] { try await set(limit, books) }
            for (time, amount) in [(Clock.noon + 2, "2"), (Clock.noon + 10, "1")] {
                #expect(try await states(books, at: time).map(\.limit.amount) == [dollars(amount)])
            }
            try await books.database.write { try Ledger.keepLimits([], reason: "file", on: $0, at: Clock.noon + 20) }
            #expect(try await states(books, at: Clock.noon + 20).isEmpty)
        }
    }

    @Test(arguments: [
        (Limit.Period.day, "Europe/Berlin", 25), (.day, "UTC", 24), (.hour, "Asia/Kathmandu", 1),
        (.month, "UTC", 31 * 24), (.month, "Europe/Berlin", 31 * 24 + 1),
    ])
    func `know days of 25 hours and zones of quarters`(period: Limit.Period, zone: String, hours: Int64) {
        // 2026-10-25T10:20:00Z; clocks in Berlin are set back that day.
        let time: Int64 = 1_792_923_600 * Clock.second
        let window = LedgerCalendar.window(period, zone: zone, containing: time)
        #expect(window.startsAt <= time && time < window.endsAt)
        #expect(window.endsAt - window.startsAt == hours * 3600 * Clock.second)
        if zone == "Asia/Kathmandu" { #expect(window.startsAt / Clock.second % 3600 == 900) }
    }
}
