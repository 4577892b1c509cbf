import Ledger
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Reports` {
    private func buy(
        _ key: String, _ quantity: Int64, sku: String = "llamaparse", for job: String? = nil, user: String,
        release: String = "v1", at now: Int64, _ books: Books
    ) async throws {
        let request = HoldRequest(
            key: key, sku: sku, quantity: quantity, reference: "job-\(job ?? key)",
            context: HoldContext(service: "worker", release: release, user: user, document: "doc-\(key)"))
        _ = try await books.database.write { try Ledger.hold(request, on: $0, at: now) }
        try await books.post(key, quantity, at: now)
    }

    private func names(_ group: CostGroup, _ books: Books) async throws -> [String] {
        let lines = try await books.database.read {
            try Ledger.costs(by: group, from: Clock.noon - Clock.day, until: Clock.noon + 3 * Clock.day, on: $0)
        }
        return lines.map { "\($0.name) \($0.spent) \($0.calls)" }
    }

    @Test(arguments: Driver.allCases)
    func `sum by everything, also what is not counted yet`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await buy("a", 10, user: "ada", at: Clock.noon, books)
            try await buy("b", 1_000_000, sku: "text-embedding-3-small", user: "bob", at: Clock.noon, books)
            try await buy("c", 1, user: "bob", release: "v2", at: Clock.noon + Clock.day, books)
            let expected: [CostGroup: [String]] = [
                .day: ["2026-09-04 0.050000000 2", "2026-09-05 0.003000000 1"],
                .provider: ["llamaparse 0.033000000 2", "openai 0.020000000 1"],
                .model: ["llamaparse 0.033000000 2", "text-embedding-3-small 0.020000000 1"],
                .service: ["worker 0.053000000 3"],
                .release: ["v1 0.050000000 2", "v2 0.003000000 1"],
                .user: ["ada 0.030000000 1", "bob 0.023000000 2"],
                .document: ["doc-a 0.030000000 1", "doc-b 0.020000000 1", "doc-c 0.003000000 1"],
            ]
            for round in 1...2 {
                for group in CostGroup.allCases {
                    #expect(try await names(group, books) == expected[group], "\(group), \(round)")
                }
                _ = try await books.database.write { try Ledger.settle([], on: $0, at: Clock.noon + Clock.day) }
            }
        }
    }

    @Test(arguments: Driver.allCases)
    func `say what a release costs for each job, and nothing of one that spent nothing`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await buy("a", 10, user: "ada", at: Clock.noon, books)
            try await buy("b", 1_000_000, sku: "text-embedding-3-small", user: "bob", at: Clock.noon, books)
            try await buy("c", 100, user: "bob", release: "v2", at: Clock.noon, books)
            try await buy("old", 100, user: "bob", at: Clock.noon - 8 * Clock.day, books)
            let today = Ledger.day(of: Clock.noon)
            let costs = try await books.database.read {
                try Ledger.jobCosts(of: "v1", from: today - 6, through: today, on: $0)
            }
            #expect(costs.map { "\($0.service) \($0.jobs) \($0.average)" } == ["worker 2 0.025000000"])
            let none = try await books.database.read {
                try Ledger.jobCosts(of: "v3", from: today - 6, through: today, on: $0)
            }
            #expect(none.isEmpty)
        }
    }

    @Test(arguments: Driver.allCases)
    func `show what a release costs more`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await buy("long ago", 1000, user: "ada", at: Clock.noon - 7 * Clock.day, books)
            for number in 1...4 { try await buy("old-\(number)", 1, user: "ada", at: Clock.noon, books) }
            for number in 1...2 {
                try await buy("new-\(number)", 2, user: "ada", release: "v2", at: Clock.noon + 1, books)
            }
            for round in 1...2 {
                let moves = try await books.database.read { try Ledger.moves(from: "v1", to: "v2", on: $0) }
                #expect(moves.map { "\($0.service) \($0.sku)" } == ["worker llamaparse"], "\(round)")
                #expect(moves.first?.before.perJob == dollars("0.003"))
                #expect(moves.first?.after.perJob == dollars("0.006") && moves.first?.change == dollars("0.006"))
                _ = try await books.database.write { try Ledger.settle([], on: $0, at: Clock.noon + 2) }
            }
            let unknown = try await books.database.read { try Ledger.moves(from: "v0", to: "v2", on: $0) }
            #expect(unknown.first?.before.jobs == 0 && unknown.first?.change == dollars("0.012"))
            #expect(try await books.database.read { try Ledger.moves(from: "v0", to: "v00", on: $0) }.isEmpty)
        }
    }

    @Test(arguments: Driver.allCases)
    func `show that a release pays twice for a job, though a call costs what it did`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            for job in ["a", "b"] {
                try await buy("\(job)-1", 1, for: job, user: "ada", at: Clock.noon, books)
                for call in 1...2 {
                    try await buy("\(job)-2-\(call)", 1, for: job, user: "ada", release: "v2", at: Clock.noon, books)
                }
                try await buy(
                    "\(job)-3", 1_000_000, sku: "text-embedding-3-small", for: job, user: "ada", release: "v2",
                    at: Clock.noon, books)
            }
            let moves = try await books.database.read { try Ledger.moves(from: "v1", to: "v2", on: $0) }
            #expect(moves.map(\.sku) == ["text-embedding-3-small", "llamaparse"])
            let parses = try #require(moves.last)
            #expect(parses.before.perCall == parses.after.perCall && parses.after.jobs == 2 && parses.after.calls == 4)
            #expect(parses.before.perJob == dollars("0.003") && parses.after.perJob == dollars("0.006"))
            #expect(parses.change == dollars("0.006"))
            // Its jobs were there, and needed none of it.
            #expect(moves.first?.before.jobs == 2 && moves.first?.before.perJob == .zero)
            #expect(moves.first?.change == dollars("0.04"))
        }
    }

    @Test(arguments: Driver.allCases)
    func `of a closed time are the same after new prices, and every entry's price explains it`(
        driver: Driver
    ) async throws {
        try await Books.open(driver) { books in
            for number in 1...9 {
                try await buy(
                    "k\(number)", Int64(number) * 77_777, sku: "text-embedding-3-large", user: "ada", at: Clock.noon,
                    books)
            }
            let before = try await names(.day, books)
            try await books.database.write {
                try Ledger.add(
                    Price(
                        sku: "text-embedding-3-large", provider: "openai", unit: "token", amount: dollars("0.99"),
                        per: 1_000_000, effectiveFrom: Clock.noon + 1, source: "test"), on: $0)
            }
            #expect(try await names(.day, books) == before)
            let mismatches = try await books.database.read {
                try Ledger.repriced(from: Clock.noon - Clock.day, until: Clock.noon + Clock.day, on: $0)
            }
            #expect(mismatches.entries == 9 && mismatches.differing == [])
        }
    }

    @Test(arguments: [
        ([10, 10, 10, 10], 40, 10.0, 140, 140, 140), ([0, 20], 20, 1.0, 30, 0, 0), ([5], 5, 1.0, 0, 0, 0),
    ])
    func `forecast what is left from what was, and how sure they are`(
        days: [Int64], spent: Int64, left: Double, expected: Int64, low: Int64, high: Int64
    ) {
        let forecast = Forecast(days: days.map(Nanodollars.init), spent: Nanodollars(spent), left: left)
        guard days.count > 1 else {
            #expect(forecast == nil)
            return
        }
        #expect(forecast?.expected.count == expected)
        guard let forecast, low > 0 else {
            #expect((forecast?.low ?? .largest) < (forecast?.expected ?? .zero))
            #expect((forecast?.high ?? .zero) > (forecast?.expected ?? .largest))
            return
        }
        #expect(forecast.low.count == low && forecast.high.count == high)
    }

    @Test func `forecast no month below what is spent, whatever was corrected`() throws {
        let days: [Int64] = [-1000, 10, 10]
        let forecast = try #require(Forecast(days: days.map(Nanodollars.init), spent: Nanodollars(40), left: 10))
        #expect(forecast.low.count == 40 && forecast.expected.count == 40 && forecast.high.count > 40)
    }

    @Test func `know the calendar`() {
        #expect(CivilDay.text(0) == "1970-01-01" && CivilDay.text(-1) == "1969-12-31")
        #expect(CivilDay.text(20_700) == "2026-09-04" && CivilDay.text(11_016) == "2000-02-29")
    }
}

@Suite struct `What a report has in it` {
    @Test func `is whole hours, and by document whole days`() {
        let hour: Int64 = 3_600_000_000
        let (from, until) = (25 * hour + 1, 27 * hour + 1)
        #expect(CostGroup.user.bounds(from: from, until: until) == (25 * hour, 28 * hour))
        #expect(CostGroup.document.bounds(from: from, until: until) == (24 * hour, 48 * hour))
        #expect(CostGroup.day.bounds(from: 24 * hour, until: 48 * hour) == (24 * hour, 48 * hour))
    }
}
