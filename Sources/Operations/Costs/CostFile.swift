import Contract
import Ledger

/// The formats in which costs are given to others.
package enum CostFile: String, Sendable, CaseIterable {
    /// FOCUS 1.4, as CSV.
    case focus
    /// Our own columns, as CSV.
    case csv
    /// Our own columns, an object a line (JSON Lines).
    case json

    private static let columns = [
        "id", "starts_at", "provider", "sku", "price", "service", "release", "user", "kind", "source", "cost",
        "currency",
        "quantity", "unit", "calls",
    ]

    /// The whole file.
    package func text(_ charges: [Charge], environment: String) -> String {
        switch self {
        case .focus:
            CSVText.line(FocusRow.columns)
                + charges.map { CSVText.line(FocusRow($0, environment: environment).fields) }.joined()
        case .csv: CSVText.line(Self.columns) + charges.map { CSVText.line(Self.fields($0, environment)) }.joined()
        case .json: charges.map { Self.object($0, environment) }.joined()
        }
    }

    private static func fields(_ charge: Charge, _ environment: String) -> [String] {
        [
            charge.id(environment), FocusRow.text(hour: charge.startsAt), charge.price.provider, charge.price.sku,
            charge.price.id,
            charge.service, charge.release, charge.user, charge.kind.rawValue, charge.source,
            charge.cost.description, "USD", "\(charge.quantity)", charge.price.unit, "\(charge.calls)",
        ]
    }

    /// Money is a decimal string; counts are numbers.
    private static func object(_ charge: Charge, _ environment: String) -> String {
        var json = JSONWriter()
        json.object { json in
            for (name, value) in zip(columns, fields(charge, environment)) {
                if ["quantity", "calls"].contains(name), let number = Int(value) {
                    json.member(name, number)
                } else {
                    json.member(name, value)
                }
            }
        }
        return json.text + "\n"
    }
}
