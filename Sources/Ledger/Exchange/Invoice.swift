import Storage

/// What a provider says one thing did cost.
package struct InvoiceLine: Sendable, Equatable {
    package let sku: String
    package let cost: Nanodollars
}

package struct InvoiceProblem: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
}

/// An invoice as a table: in FOCUS, whose `SkuId` and `BilledCost` count, or with the columns `sku` and `cost`. Amounts are in US
/// dollars, and read as imported ones are.
package enum Invoice {
    private static let columns = [("SkuId", "BilledCost"), ("sku", "cost")]

    package static func read(_ text: String) throws(InvoiceProblem) -> [InvoiceLine] {
        let table: [[String: String]]
        do { table = try CSVText.table(text) } catch {
            throw InvoiceProblem(description: "The invoice is no table in CSV. \(error)")
        }
        guard let first = table.first,
            let (sku, cost) = columns.first(where: { first[$0.0] != nil && first[$0.1] != nil })
        else {
            throw InvoiceProblem(
                description: "The invoice has no lines with the columns SkuId and BilledCost (FOCUS), or sku and cost.")
        }
        var lines: [InvoiceLine] = []
        for (index, row) in table.enumerated() {
            let currency = [row["BillingCurrency"], row["currency"]].compactMap(\.self).first { !$0.isEmpty } ?? "USD"
            guard currency == "USD" else {
                throw InvoiceProblem(
                    description: "Row \(index + 1) of the invoice is in \(currency); the ledger counts US dollars.")
            }
            guard let name = row[sku], let text = row[cost], let amount = Nanodollars(rounding: text) else {
                throw InvoiceProblem(
                    description: "Row \(index + 1) of the invoice: \(row[cost] ?? "") is no amount of dollars.")
            }
            lines.append(InvoiceLine(sku: name, cost: amount))
        }
        return lines
    }
}

/// One thing on the invoice beside the same in the ledger.
package struct Variance: Sendable, Equatable {
    package let sku: String
    package let invoiced: Nanodollars
    package let booked: Nanodollars

    /// How much more the provider asks for.
    package var difference: Nanodollars { invoiced - booked }

    /// Everything that stands on either side, the biggest difference first.
    package static func all(invoice: [InvoiceLine], booked: [Charge]) -> [Variance] {
        let asked = Dictionary(invoice.map { ($0.sku, $0.cost) }, uniquingKeysWith: +)
        let known = Dictionary(booked.map { ($0.price.sku, $0.cost) }, uniquingKeysWith: +)
        return Set(asked.keys).union(known.keys).map { sku in
            Variance(sku: sku, invoiced: asked[sku] ?? .zero, booked: known[sku] ?? .zero)
        }.sorted { first, second in
            let (left, right) = (first.difference.count.magnitude, second.difference.count.magnitude)
            return left == right ? first.sku < second.sku : left > right
        }
    }
}
