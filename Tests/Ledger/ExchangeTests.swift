import Ledger
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Tables in CSV` {
    @Test(arguments: [
        ["plain", "with, comma", "with \"quotes\"", "two\r\nlines", "", "Grüße"], ["", ""], ["\"\""],
    ])
    func `come back as they were written`(fields: [String]) throws {
        let names = fields.indices.map { "column \($0)" }
        let table = try CSVText.table(CSVText.line(names) + CSVText.line(fields) + CSVText.line(fields))
        let row = Dictionary(uniqueKeysWithValues: zip(names, fields))
        #expect(table == [row, row])
    }

    @Test func `are read with a byte order mark, without a last line end, and with empty lines`() throws {
        #expect(try CSVText.table("\u{FEFF}a,b\n\n1,\"2\"\n") == [["a": "1", "b": "2"]])
        #expect(try CSVText.table("a,b\r\n1,2") == [["a": "1", "b": "2"]])
        #expect(try CSVText.table("").isEmpty)
    }

    @Test(arguments: [
        ("a,b\n1\n", 2, "1 fields"), ("a\n\"1\n2", 2, "not closed"), ("a\nx\"1\"\n", 2, "quotation mark within"),
    ])
    func `that are none are told with their line`(text: String, line: Int, reason: String) {
        let error = #expect(throws: CSVText.Malformed.self) { try CSVText.table(text) }
        #expect(error?.line == line)
        #expect(error?.reason.contains(reason) == true, "\(String(describing: error))")
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Exchange` {
    private func buy(
        _ key: String, _ quantity: Int64, holding held: Int64? = nil, sku: String = "llamaparse", at now: Int64,
        _ books: Books
    ) async throws {
        let request = HoldRequest(
            key: key, sku: sku, quantity: held ?? quantity, reference: "job-\(key)",
            context: HoldContext(service: "worker", release: "v1", user: "ada", document: nil))
        _ = try await books.database.write { try Ledger.hold(request, on: $0, at: now) }
        try await books.post(key, quantity, at: now)
    }

    private func charges(_ books: Books, from: Int64 = 0, until: Int64 = Clock.noon + Clock.day) async throws
        -> [Charge]
    {
        try await books.database.read { try Ledger.charges(from: from, until: until, on: $0) }
    }

    @Test(arguments: Driver.allCases)
    func `tells every booked nano-dollar once, by hour and price`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await buy("a", 10, at: Clock.noon, books)
            try await buy("b", 5, at: Clock.noon + 1, books)
            try await buy("c", 7, sku: "text-embedding-3-small", at: Clock.noon + 3_600_000_000, books)
            // Three pages more than were held for: an overage.
            try await buy("d", 4, holding: 1, at: Clock.noon + 2, books)
            let told = try await charges(books).map {
                "\($0.price.sku) \($0.kind == .overage ? "overage " : "")\($0.cost) \($0.quantity) \($0.calls) \($0.user)"
            }
            #expect(
                told == [
                    "llamaparse 0.048000000 19 3 ada", "llamaparse overage 0.009000000 0 0 ada",
                    "text-embedding-3-small 0.000000140 7 1 ada",
                ])
            #expect(try await charges(books, from: Clock.noon + 3, until: Clock.noon + Clock.day).count == 1)
            #expect(try await charges(books, until: Clock.noon).isEmpty)
        }
    }

    @Test(arguments: Driver.allCases)
    func `is of hours that are over, with all their calls`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            let hour: Int64 = 3_600_000_000
            func end(at now: Int64) async throws -> Int64 {
                try await books.database.read { try Ledger.recordedUntil(on: $0, at: now) }
            }
            try await buy("a", 1, at: Clock.noon + 5, books)
            #expect(try await end(at: Clock.noon + hour - 1) == Clock.noon)
            #expect(try await end(at: Clock.noon + hour) == Clock.noon + hour)
            #expect(try await books.hold("late", 1, at: Clock.noon + hour - 1).isHeld)
            #expect(try await end(at: Clock.noon + hour + 5) == Clock.noon)
            try await books.post("late", 1, at: Clock.noon + hour + 6)
            #expect(try await end(at: Clock.noon + hour + 7) == Clock.noon + hour)
        }
    }

    @Test func `puts an invoice beside the ledger, whichever columns it has`() async throws {
        try await Books.open(.sqlite) { books in
            try await buy("a", 10, at: Clock.noon, books)
            try await buy("b", 1_000_000, sku: "text-embedding-3-small", at: Clock.noon, books)
            let booked = try await charges(books)
            let texts = [
                "sku,cost\r\nllamaparse,0.030\r\ntext-embedding-3-small,0.025\r\nrerank,1\r\n",
                "BilledCost,SkuId\n0.010,llamaparse\n0.020,llamaparse\n0.025,text-embedding-3-small\n1,rerank\n",
                "BilledCost,SkuId,BillingCurrency\n3E-2,llamaparse,USD\n0.02500000000001,text-embedding-3-small,\n1,rerank,USD\n",
            ]
            for text in texts {
                let variances = Variance.all(invoice: try Invoice.read(text), booked: booked)
                #expect(
                    variances.map { "\($0.sku) \($0.difference)" } == [
                        "rerank 1.000000000", "text-embedding-3-small 0.005000000", "llamaparse 0.000000000",
                    ])
            }
            #expect(Variance.all(invoice: [], booked: booked).map(\.difference.count) == [-30_000_000, -20_000_000])
        }
    }

    @Test(arguments: [
        "", "name,price\na,1\n", "sku,cost\na,one\n", "sku,cost\na\n", "SkuId,BilledCost,BillingCurrency\na,1,EUR\n",
        "sku,cost,currency\na,1,EUR\n",
    ])
    func `says what is wrong with what is no invoice`(text: String) {
        let problem = #expect(throws: InvoiceProblem.self) { try Invoice.read(text) }
        #expect(problem?.description.contains("invoice") == true)
    }
}
