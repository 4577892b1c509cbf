import Ledger
import Storage
import Testing

@testable import ControlPlane

/// Through the door that `tidegate cost import` knocks at, into the ledger of what runs.
@Suite(.timeLimit(.minutes(3))) struct `Costs from others` {
    private static let alerts = """
        receivers: { operations: { webhook: { url: "http://127.0.0.1:1/nobody" } } }
        """
    private static let head =
        "ServiceProviderName,SkuId,SkuPriceId,ChargePeriodStart,BilledCost,BillingCurrency,ConsumedQuantity,ConsumedUnit,x_Line\n"

    private static func line(_ id: Int, _ cost: String, currency: String = "USD") -> String {
        "azure,disk,disk@1,2026-09-20T10:00:00Z,\(cost),\(currency),3,GB,\(id)\n"
    }

    private static func book(_ engine: RunningEngine, _ lines: String...) async throws -> BookedDocument {
        try await engine.client.post(
            "/api/v1/environments/dev/costs/import",
            CostImportBody(format: "focus", source: "azure", ids: "x_Line", text: head + lines.joined()))
    }

    private static func report(_ engine: RunningEngine) async throws -> CostReportDocument {
        try await engine.client.get(
            "/api/v1/environments/dev/costs",
            query: [("by", "provider"), ("from", "2026-09-01T00:00Z"), ("until", "2026-10-01T00:00:00Z")])
    }

    /// Who booked what, and the sum of all postings, as they stand in the ledger.
    private static func rows(_ world: EngineWorld) async throws -> (by: [String], balance: Int64) {
        let ledger = try Databases.open(address: world.ledger)
        let rows = try await ledger.read { connection in
            let by = try connection.query("SELECT booked_by FROM ledger_hold WHERE booked_by IS NOT NULL")
            let sum = try connection.first("SELECT SUM(nanos) AS nanos FROM ledger_posting")
            return (
                by: try by.map { try $0.get("booked_by", as: String.self) },
                balance: try sum?.get("nanos", as: Int64?.self) ?? 0
            )
        }
        await ledger.close()
        return rows
    }

    @Test func `are booked once, however often they are imported, and count in the report`() async throws {
        let world = try EngineWorld(alerts: Self.alerts)
        try await world.deploy()
        try await RunningEngine.run(in: world) { engine in
            let first = try await Self.book(engine, Self.line(1, "1.5"), Self.line(2, "0.000000001"))
            #expect(first == BookedDocument(new: 2, known: 0, cost: "1.500000001", currency: "USD"))
            let again = try await Self.book(engine, Self.line(1, "1.5"), Self.line(2, "0.000000001"))
            #expect(again == BookedDocument(new: 0, known: 2, cost: "0.000000000", currency: "USD"))
            let more = try await Self.book(engine, Self.line(2, "0.000000001"), Self.line(3, "2"))
            #expect(more == BookedDocument(new: 1, known: 1, cost: "2.000000000", currency: "USD"))
            let report = try await Self.report(engine)
            #expect(report.total == "3.500000001" && report.lines.map(\.name) == ["azure"])
            #expect(report.booked.map { "\($0.kind) \($0.source) \($0.cost)" } == ["imported azure 3.500000001"])
        }
        let rows = try await Self.rows(world)
        #expect(rows.by.count == 3 && Set(rows.by).count == 1 && rows.balance == 0, "\(rows)")
    }

    @Test func `are refused as a whole where one line is wrong, which is named`() async throws {
        let world = try EngineWorld(alerts: Self.alerts)
        try await world.deploy()
        try await RunningEngine.run(in: world) { engine in
            _ = try await Self.book(engine, Self.line(1, "1"))
            for (wrong, words) in [
                (Self.line(3, "x"), "Line 3: "), (Self.line(3, "2", currency: "EUR"), "Line 3: "),
                // It was booked before, at another amount.
                (Self.line(1, "7"), "Line 3: "),
            ] {
                let refusal = await #expect(throws: Refusal.self) {
                    try await Self.book(engine, Self.line(2, "1"), wrong)
                }
                #expect(refusal?.code == "bad_costs" && refusal?.exit == .usage)
                let message = refusal?.message ?? ""
                #expect(message.hasPrefix("Nothing was imported. \(words)"), "\(message)")
            }
            #expect(try await Self.report(engine).total == "1.000000000")
        }
        let rows = try await Self.rows(world)
        #expect(rows.by.count == 1 && rows.balance == 0, "\(rows)")
    }
}
