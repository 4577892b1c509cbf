import Foundation
import Ledger
import Operations
import Storage
import TestSupport
import Testing

/// What FOCUS 1.4 says of how a row's costs, price and quantity hang together (ListCost, ContractedCost, EffectiveCost,
/// PricingQuantity, PricingUnit, SkuPriceId), of whatever a ledger has seen.
@Suite(.timeLimit(.minutes(1))) struct `Costs in FOCUS` {
    private static let noon: Int64 = 20_700 * 86_400_000_000 + 43_200_000_000

    private let folder: TemporaryFolder
    private let database: any Database

    init() async throws {
        folder = try TemporaryFolder()
        database = try Databases.open(address: "sqlite:\(folder.file("ledger.sqlite"))")
        try await Ledger.migrate(database, now: 0)
    }

    private func rows(_ environment: String) async throws -> (rows: [[String: String]], charges: [Charge]) {
        let charges = try await database.read {
            try Ledger.charges(from: 0, until: Self.noon + 86_400_000_000, on: $0)
        }
        return (try CSVText.table(CostFile.focus.text(charges, environment: environment)), charges)
    }

    private static func number(_ row: [String: String], _ column: String) throws -> Decimal {
        let text = try #require(row[column])
        return try #require(Decimal(string: text, locale: Locale(identifier: "en_US_POSIX")), "\(column): \(text)")
    }

    private static func check(_ row: [String: String]) throws {
        let (billed, list) = (try number(row, "BilledCost"), try number(row, "ListCost"))
        #expect(try number(row, "EffectiveCost") == billed && row["ContractedCost"] == row["ListCost"], "\(row)")
        let isPriced = row["SkuPriceId"]?.isEmpty == false
        for column in ["ListUnitPrice", "PricingQuantity", "PricingUnit"] {
            #expect((row[column]?.isEmpty == false) == isPriced, "\(column): \(row)")
        }
        if isPriced {
            #expect(try number(row, "ListUnitPrice") * number(row, "PricingQuantity") == list, "\(row)")
        } else {
            #expect(list == billed, "\(row)")
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func `of calls, overages, imports and corrections are each what the specification says, and sum to the ledger's`(
        seed: UInt64
    ) async throws {
        var random = SplitMix(seed: seed)
        let prices = [("pages", 1), ("tokens", 1_000_000), ("odd", 7), ("thousands", 1_000)].map { sku, per in
            Price(
                sku: sku, provider: "p-\(sku)", unit: "unit",
                amount: Nanodollars(.random(in: 0...90_000_000, using: &random)),
                per: Int64(per), effectiveFrom: 0, source: "list")
        }
        try await database.write { connection in for price in prices { try Ledger.add(price, on: connection) } }
        for index in 0..<120 {
            let price = prices[Int.random(in: 0..<prices.count, using: &random)]
            let (held, units) = (
                Int64.random(in: 1...5_000, using: &random), Int64.random(in: 0...6_000, using: &random)
            )
            let own = Nanodollars(.random(in: 0...1_000_000_000, using: &random))
            let actual: ActualCost = Bool.random(using: &random) ? .units(units) : .reported(own, units: units)
            let isImported = index % 5 == 0
            let booking = Booking(
                kind: index % 10 == 0 ? .correction : .imported, id: "\(index)", source: "azure", sku: price.sku,
                provider: price.provider, unit: "unit", priceID: index % 15 == 5 || index % 20 == 0 ? price.id : nil,
                startsAt: Self.noon,
                cost: index % 10 == 0 ? .zero - own : own, quantity: index % 10 == 0 ? -units : units, calls: 1)
            try await database.write { connection in
                if isImported {
                    _ = try Ledger.book([booking], by: "ada", on: connection, at: Self.noon)
                    return
                }
                let key = "\(index)"
                _ = try Ledger.hold(
                    HoldRequest(key: key, sku: price.sku, quantity: held, reference: key), on: connection, at: Self.noon
                )
                // What has frozen its provider is lifted, to go on.
                try Ledger.post(key, actual, on: connection, at: Self.noon)
                _ = try Ledger.liftFreezes(of: price.provider, reason: "a test", on: connection, at: Self.noon)
            }
        }
        let (rows, charges) = try await rows("production")
        #expect(Set(charges.map(\.kind)).count == 4, "seed \(seed)")
        for row in rows { try Self.check(row) }
        let billed = try rows.reduce(Decimal.zero) { $0 + (try Self.number($1, "BilledCost")) }
        let booked = charges.reduce(Nanodollars.zero) { $0 + $1.cost }
        #expect(billed == Decimal(booked.count) / Decimal(Nanodollars.perDollar), "seed \(seed)")
        // By its price, a call beyond its hold is what its units cost: once, and not less.
        for price in prices {
            let own = zip(rows, charges).filter { $1.price.id == price.id }
            let list = try own.reduce(Decimal.zero) { $0 + (try Self.number($1.0, "ListCost")) }
            let exact =
                own.reduce(Decimal.zero) { $0 + Decimal($1.1.quantity) } * Decimal(price.amount.count)
                / Decimal(price.per) / Decimal(Nanodollars.perDollar)
            #expect(abs(list - exact) < Decimal(string: "0.000000000001")!, "\(price.sku), seed \(seed)")
        }
        await database.close()
    }

    @Test func `of an overage have all units in the line of what its hold covered`() async throws {
        let price = Price(
            sku: "page", provider: "parser", unit: "page", amount: Nanodollars(3_000_000), per: 1, effectiveFrom: 0,
            source: "list")
        try await database.write { connection in
            try Ledger.add(price, on: connection)
            _ = try Ledger.hold(
                HoldRequest(key: "a", sku: "page", quantity: 1, reference: "a"), on: connection, at: Self.noon)
            try Ledger.post("a", .units(4), on: connection, at: Self.noon)
        }
        let said = try await rows("dev").rows.map { "\($0["x_Kind"]!) \($0["BilledCost"]!) \($0["ListCost"]!)" }
        #expect(said == ["cost 0.003000000 0.012000000", "overage 0.009000000 0.000000000"])
        await database.close()
    }
}
