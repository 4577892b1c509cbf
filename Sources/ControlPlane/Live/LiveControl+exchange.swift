import Contract
import Ledger
import Operations
import Rollouts

/// What the ledger gives to others, and how it compares with what they say.
extension LiveControl {
    package func export(
        _ environment: String, as format: String, from: String?, until: String?
    ) async throws -> CostExportDocument {
        guard let file = CostFile(rawValue: format) else {
            let known = CostFile.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal("bad_format", "Costs are exported as \(known), not as \(format).", exit: .usage)
        }
        let (now, period) = (now.microseconds, try self.period(from, until))
        let begin = period.begin
        let (charges, end) = try await ledger(of: environment) { connection in
            // An hour that is not over would be written again with other amounts, under the same ids.
            let end = until == nil ? try Ledger.recordedUntil(on: connection, at: now) : period.end
            return (begin < end ? try Ledger.charges(from: begin, until: end, on: connection) : [], max(begin, end))
        }
        return CostExportDocument(
            from: Timestamp(microseconds: begin).rfc3339, until: Timestamp(microseconds: end).rfc3339,
            format: file.rawValue, text: file.text(charges, environment: environment))
    }

    package func checkCosts(_ environment: String) async throws -> CostCheckDocument {
        let now = now.microseconds
        return CostCheckDocument(
            findings: try await ledger(of: environment) { try Ledger.findings(on: $0, at: now) })
    }

    package func reconcile(_ environment: String, _ body: InvoiceBody) async throws -> ReconciliationDocument {
        let invoice: [InvoiceLine]
        do { invoice = try Invoice.read(body.text) } catch {
            throw Refusal("bad_invoice", "\(error)", exit: .usage)
        }
        let (begin, end) = try period(body.from, body.until)
        let (charges, unknown) = try await ledger(of: environment) { connection in
            (
                try Ledger.charges(from: begin, until: end, on: connection).filter {
                    $0.price.provider == body.provider
                },
                try Ledger.unknowns(from: Ledger.day(of: begin), through: Ledger.day(of: end - 1), on: connection)
                    .filter { $0.provider == body.provider }
            )
        }
        let lines = Variance.all(invoice: invoice, booked: charges)
        func sum(_ amount: (Variance) -> Nanodollars) -> String {
            "\(lines.reduce(Nanodollars.zero) { $0 + amount($1) })"
        }
        return ReconciliationDocument(
            provider: body.provider, from: Timestamp(microseconds: begin).rfc3339,
            until: Timestamp(microseconds: end).rfc3339, invoiced: sum(\.invoiced), booked: sum(\.booked),
            difference: sum(\.difference), unknown: "\(unknown.reduce(Nanodollars.zero) { $0 + $1.amount })",
            lines: lines.map {
                .init(
                    sku: $0.sku, invoiced: "\($0.invoiced)", booked: "\($0.booked)", difference: "\($0.difference)")
            })
    }
}
