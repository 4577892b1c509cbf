import Ledger
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `What others spent` {
    private func cost(
        _ id: String, _ dollars: String, sku: String = "rerank", provider: String = "cohere", price: String? = nil,
        kind: Booking.Kind = .imported, at now: Int64 = Clock.noon, calls: Int64 = 2
    ) -> Booking {
        Booking(
            kind: kind, id: id, source: kind == .imported ? "azure" : "the invoice", sku: sku, provider: provider,
            unit: "search", priceID: price, startsAt: now, cost: Nanodollars(dollars: dollars) ?? .zero, quantity: 7,
            calls: calls, context: HoldContext(service: "search", release: nil, user: "ada"))
    }

    @discardableResult
    private func book(_ bookings: [Booking], _ books: Books) async throws -> Booked {
        try await books.database.write { try Ledger.book(bookings, by: "ada", on: $0, at: Clock.noon) }
    }

    private func lines(_ group: CostGroup, _ books: Books) async throws -> [String] {
        try await books.database.read {
            try Ledger.costs(by: group, from: Clock.noon - Clock.day, until: Clock.noon + Clock.day, on: $0)
        }.map { "\($0.name) \($0.spent) \($0.calls)" }
    }

    @Test(arguments: Driver.allCases)
    func `counts in reports by its day, and for no budget`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "1")
            let booked = try await book(
                [cost("1", "2.5"), cost("2", "0.000000001", at: Clock.noon - Clock.day)], books)
            #expect(booked == Booked(new: 2, known: 0, cost: dollars("2.500000001")))
            #expect(try await lines(.day, books) == ["2026-09-03 0.000000001 2", "2026-09-04 2.500000000 2"])
            #expect(try await lines(.provider, books) == ["cohere 2.500000001 4"])
            #expect(try await lines(.document, books) == ["azure 2.500000001 4"])
            #expect(try await books.spend().spent == .zero)
            #expect(try await books.hold("call", 10).isHeld)
            let sums = try await books.database.read {
                try Ledger.booked(from: Clock.noon, until: Clock.noon + 1, on: $0)
            }
            #expect(sums.map { "\($0.kind) \($0.source) \($0.cost)" } == ["imported azure 2.500000000"])
        }
    }

    @Test(arguments: Driver.allCases)
    func `is booked once, whoever asks how often`(driver: Driver) async throws {
        let many = (0..<1200).map { cost("\($0)", "0.01") }
        try await Books.open(driver) { books in
            let first = try await book(many, books)
            #expect(first.new == 1200)
            #expect(try await book(many, books) == Booked(new: 0, known: 1200, cost: .zero))
            #expect(try await book([cost("new", "1"), cost("new", "1")], books).known == 1)
            #expect(try await lines(.model, books) == ["rerank 13.000000000 2402"])
        }
    }

    @Test(arguments: Driver.allCases)
    func `is refused as a whole when one of it was booked otherwise, or cannot be`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await book([cost("1", "1")], books)
            for (wrong, place) in [
                (cost("1", "2"), 1), (cost("1", "1", at: Clock.noon + Clock.day), 1), (cost("", "1"), 1),
                (cost("3", "1", provider: "openai"), 1), (cost("3", "1", calls: -1), 1),
            ] {
                let problem = await #expect(throws: BookingProblem.self) {
                    try await book([cost("2", "1"), wrong], books)
                }
                #expect(problem?.place == place)
            }
            #expect(try await lines(.provider, books) == ["cohere 1.000000000 2"])
        }
    }

    @Test(arguments: Driver.allCases)
    func `is corrected by rows of its own, in both directions, and the books balance`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            #expect(try await books.hold("a", 10).isHeld)
            try await books.post("a", 10)
            try await book(
                [
                    cost(
                        "invoice-1", "-0.012", sku: "llamaparse", provider: "llamaparse", price: "llamaparse@0",
                        kind: .correction, calls: 0)
                ], books)
            #expect(try await lines(.model, books) == ["llamaparse 0.018000000 1"])
            try await book(
                [
                    cost(
                        "invoice-2", "0.002", sku: "llamaparse", provider: "llamaparse", price: "llamaparse@0",
                        kind: .correction, calls: 0)
                ], books)
            #expect(try await lines(.model, books) == ["llamaparse 0.020000000 1"])
            #expect(try await books.spend().spent == dollars("0.030"), "a budget is of what was called")
            let charges = try await books.database.read {
                try Ledger.charges(from: Clock.noon, until: Clock.noon + 1, on: $0)
            }
            #expect(
                charges.map { "\($0.kind) \($0.cost) \($0.source)" } == [
                    "cost 0.030000000 ", "correction -0.010000000 the invoice",
                ])
            let (repriced, spent) = try await books.database.read { connection in
                (
                    try Ledger.repriced(from: Clock.noon, until: Clock.noon + 1, on: connection),
                    try Ledger.spent(on: connection, from: Clock.noon, until: Clock.noon)
                )
            }
            #expect(repriced.entries == 1 && repriced.differing.isEmpty && spent == dollars("0.030"))
        }
    }

    @Test(arguments: Driver.allCases)
    func `is no request of a limit that is set later`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await book([cost("1", "1"), cost("2", "1")], books)
            try await books.database.write {
                try Ledger.setLimit(
                    Limit(
                        name: "day", scope: "total", period: .day, amount: dollars("0.01"), requests: 1,
                        effectiveFrom: Clock.noon, reason: "test"), on: $0)
            }
            #expect(try await books.hold("a", 1, at: Clock.noon + 1).isHeld)
        }
    }

    @Test(
        arguments: [
            ("1e-9", 1), ("0.0000000005", 1), ("0.00000000049", 0), ("-1.25", -1_250_000_000),
            ("12E2", 1_200_000_000_000),
            ("0.123456789012345678", 123_456_789), ("0e30", 0), ("100000000", Nanodollars.largest.count),
        ] as [(String, Int64)])
    func `is rounded once to billionths`(text: String, nanos: Int64) {
        #expect(Nanodollars(rounding: text)?.count == nanos)
    }

    @Test(arguments: ["", "1,5", "+1", "1e", "one", "100000000.01", "1e31", ".5", "1.", "--1"])
    func `is no amount`(text: String) {
        #expect(Nanodollars(rounding: text) == nil)
    }
}
