import Ledger
import Operations
import Testing

@Suite struct `Exported costs` {
    private func charge(user: String = "ada", overage: Bool = false) -> Charge {
        let price = Price(
            sku: "text-embedding-3-small", provider: "openai", unit: "token", amount: Nanodollars(20_000_000),
            per: 1_000_000, effectiveFrom: 0, source: "list price")
        // 2026-02-28T23:00:00Z
        return Charge(
            startsAt: 1_772_319_600_000_000, price: price, service: "worker", release: "v1", user: user,
            isOverage: overage, cost: Nanodollars(30), quantity: 1_500_000, calls: 2)
    }

    private func focus(_ charge: Charge) throws -> [String: String] {
        let table = try CSVText.table(CostFile.focus.text([charge], environment: "production"))
        #expect(table.count == 1)
        return table.first ?? [:]
    }

    /// FOCUS 1.4, "Cost and Usage": its mandatory columns; a null is an empty field.
    @Test func `have every mandatory column of FOCUS, and no value where none may be missing`() throws {
        let row = try focus(charge())
        let nullable: Set = ["ChargeClass"]
        for column in [
            "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
            "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd",
            "ChargePeriodStart", "ContractedCost", "EffectiveCost", "HostProviderName", "InvoiceIssuerName", "ListCost",
            "PricingQuantity", "PricingUnit", "ServiceCategory", "ServiceName", "ServiceProviderName",
        ] {
            let value = try #require(row[column], "\(column) is missing")
            #expect(value.isEmpty == nullable.contains(column), "\(column): \(value)")
        }
        // Removed in 1.4.
        #expect(row["ProviderName"] == nil && row["PublisherName"] == nil)
    }

    @Test func `say when, how much, at which price and for whom`() throws {
        let row = try focus(charge(user: "a \"b\""))
        #expect(row["ChargePeriodStart"] == "2026-02-28T23:00:00Z" && row["ChargePeriodEnd"] == "2026-03-01T00:00:00Z")
        #expect(
            row["BillingPeriodStart"] == "2026-02-01T00:00:00Z" && row["BillingPeriodEnd"] == "2026-03-01T00:00:00Z")
        #expect(row["BilledCost"] == "0.000000030" && row["BillingCurrency"] == "USD")
        #expect(row["PricingQuantity"] == "1.5" && row["PricingUnit"] == "1000000 tokens")
        #expect(row["ListUnitPrice"] == "0.020000000" && row["SkuPriceId"] == "text-embedding-3-small@0")
        #expect(row["ConsumedQuantity"] == "1500000" && row["ConsumedUnit"] == "token")
        #expect(row["ServiceCategory"] == "AI and Machine Learning" && row["ChargeCategory"] == "Usage")
        #expect(row["Tags"] == #"{"environment":"production","release":"v1","service":"worker","user":"a \"b\""}"#)
        #expect(try focus(charge(overage: true))["x_Kind"] == "overage")
    }

    @Test func `are the same in our own columns as CSV and as lines of JSON`() throws {
        let row = try #require(try CSVText.table(CostFile.csv.text([charge()], environment: "dev")).first)
        #expect(row["starts_at"] == "2026-02-28T23:00:00Z" && row["cost"] == "0.000000030" && row["calls"] == "2")
        let json = CostFile.json.text([charge(), charge()], environment: "dev").split(separator: "\n")
        #expect(json.count == 2)
        #expect(json[0].hasPrefix(#"{"starts_at":"2026-02-28T23:00:00Z","provider":"openai""#))
        #expect(json[0].contains(#""cost":"0.000000030""#) && json[0].contains(#""quantity":1500000"#))
    }
}
