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
            kind: overage ? .overage : .cost, cost: Nanodollars(30), quantity: 1_500_000, calls: 2)
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
        let id = "tidegate/dev/492311|text-embedding-3-small@0|worker|v1|ada|cost|"
        #expect(json[0].hasPrefix(#"{"id":"\#(id)","starts_at":"2026-02-28T23:00:00Z""#))
        #expect(json[0].contains(#""cost":"0.000000030""#) && json[0].contains(#""quantity":1500000"#))
    }
}

@Suite struct `Imported costs` {
    private let price = Price(
        sku: "text-embedding-3-small", provider: "openai", unit: "token", amount: Nanodollars(20_000_000),
        per: 1_000_000, effectiveFrom: 0, source: "list price")

    private func charge(_ kind: Charge.Kind, _ nanos: Int64, user: String = "a \"b\", c") -> Charge {
        Charge(
            startsAt: 1_772_319_600_000_000, price: price, service: "worker", release: "v1", user: user, kind: kind,
            cost: Nanodollars(nanos), quantity: 1_500_000, calls: 2)
    }

    private func read(_ text: String, as file: CostFile = .csv, ids: String? = nil) throws(CostFileProblem)
        -> [ReadCost]
    {
        try file.costs(text, ids: ids, source: "staging", environment: "production")
    }

    @Test(arguments: CostFile.allCases)
    func `are to the billionth what was exported`(file: CostFile) throws {
        let charges = [charge(.cost, 1), charge(.overage, 123_456_789_012), charge(.correction, -7, user: "")]
        let costs = try read(file.text(charges, environment: "staging"), as: file)
        #expect(costs.map(\.booking.cost) == charges.map(\.cost))
        #expect(costs.map(\.line) == (file == .json ? [1, 2, 3] : [2, 3, 4]))
        #expect(Set(costs.map(\.booking.id)).count == 3)
        let first = try #require(costs.first?.booking)
        #expect(first.context == HoldContext(service: "worker", release: "v1", user: "a \"b\", c"))
        #expect(first.startsAt == charges[0].startsAt && first.quantity == 1_500_000 && first.calls == 2)
        #expect(first.sku == price.sku && first.provider == "openai" && first.priceID == price.id)
        #expect(costs[2].booking.context.user == nil)
    }

    @Test func `of the environment itself would count twice, and are refused`() throws {
        let text = CostFile.csv.text([charge(.cost, 1)], environment: "production")
        let problem = #expect(throws: CostFileProblem.self) { try read(text) }
        #expect(problem?.line == 2)
    }

    @Test func `may come from another program, with its own ids and its own places`() throws {
        let text = """
            BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,SkuId,ConsumedQuantity,x_LineId,Tags
            1.0000000004E-1,USD,2026-11-01T00:00:00Z,Azure,gpt,12.5,17,"{""user"":null,""team"":true,""service"":""search""}"
            """
        let cost = try #require(try read(text, as: .focus, ids: "x_LineId").first?.booking)
        #expect(cost.cost == Nanodollars(100_000_000) && cost.id == "17" && cost.provider == "Azure")
        #expect(cost.quantity == 12 && cost.unit == "unit" && cost.context == HoldContext(service: "search"))
    }

    @Test(arguments: [
        ("", "no costs"), ("id,starts_at,provider,sku,cost\n", "no costs"),
        ("id,starts_at,provider,sku,cost\n1,2026-11-01T00:00Z,a,b,1\n2,yesterday,a,b,1\n", "Line 3: yesterday"),
        ("id,starts_at,provider,sku,cost\n1,2026-11-01T00:00Z,a,b,1 USD\n", "Line 2: 1 USD is no amount"),
        ("id,starts_at,provider,sku,cost\n1,2026-11-01T00:00Z,a,,1\n", "Line 2: it has no"),
        ("starts_at,provider,sku,cost\n2026-11-01T00:00Z,a,b,1\n", "Line 2: it has no id"),
        ("id,starts_at,provider,sku,cost,currency\n1,2026-11-01T00:00Z,a,b,1,EUR\n", "Line 2: it is in EUR"),
        ("id,cost\n1\n", "Line 2: it is no table"),
    ])
    func `that are wrong are told with their line`(text: String, expected: String) throws {
        let problem = #expect(throws: CostFileProblem.self) { try read(text) }
        #expect(problem?.description.contains(expected) == true, "\(String(describing: problem))")
    }

    @Test(
        arguments: [
            ("100000001", 100_000_001), ("2.5E9", 2_500_000_000), ("9223372036854775807", .max), ("7.9", 7),
        ] as [(String, Int64)])
    func `may be for more units than there are dollars`(text: String, quantity: Int64) throws {
        let table = "id,starts_at,provider,sku,cost,quantity,calls\n1,2026-11-01T00:00Z,a,b,1,\(text),\(text)\n"
        let cost = try #require(try read(table).first?.booking)
        #expect(cost.quantity == quantity && cost.calls == quantity)
        let tooMany = table.replacing(text, with: "9223372036854775808")
        let problem = #expect(throws: CostFileProblem.self) { try read(tooMany) }
        #expect(problem?.line == 2)
    }

    @Test func `in lines of JSON may end as on Windows`() throws {
        let text = CostFile.json.text([charge(.cost, 1), charge(.overage, 2)], environment: "staging")
        let costs = try read(text.split(separator: "\n").joined(separator: "\r\n") + "\r\n", as: .json)
        #expect(costs.map(\.line) == [1, 2])
    }

    @Test func `in lines of JSON that are none are told with their line`() throws {
        let problem = #expect(throws: CostFileProblem.self) { try read("\n{\"id\": [1]}\n", as: .json) }
        #expect(problem?.line == 2)
    }
}
