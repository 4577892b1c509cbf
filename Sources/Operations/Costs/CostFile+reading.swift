import Foundation
import Ledger
import Rollouts

/// What is wrong with a file of costs. Nothing of it is booked.
package struct CostFileProblem: Error, Sendable, Equatable, CustomStringConvertible {
    /// From 1; nil when it concerns the whole file.
    package let line: Int?
    package let reason: String

    package init(line: Int?, reason: String) { (self.line, self.reason) = (line, reason) }

    package var description: String { line.map { "Line \($0): \(reason)" } ?? reason }
}

/// A cost as a file says it, and where.
package struct ReadCost: Sendable, Equatable {
    package let line: Int
    package let booking: Booking
}

extension CostFile {
    private typealias Fields = (line: Int, value: (String) -> String?)

    /// FOCUS's names of what our own columns hold; `ProviderName` is what 1.2 and 1.3 call it.
    private static let focusNames = [
        "id": ["x_ChargeId"], "starts_at": ["ChargePeriodStart"], "provider": ["ServiceProviderName", "ProviderName"],
        "sku": ["SkuId"], "price": ["SkuPriceId"], "cost": ["BilledCost"], "currency": ["BillingCurrency"],
        "quantity": ["ConsumedQuantity"], "unit": ["ConsumedUnit"], "calls": ["x_Calls"],
    ]

    /// Reads what others spent, or what `text` wrote, to the same billionths. Amounts with more than nine places are rounded,
    /// each once.
    /// - Parameters:
    ///   - ids: the column that names each charge, if it is another than ours.
    ///   - source: who reports it.
    ///   - environment: whose own export is refused: it would count everything twice.
    package func costs(
        _ text: String, ids: String?, source: String, environment: String
    ) throws(CostFileProblem) -> [ReadCost] {
        var costs: [ReadCost] = []
        for fields in try rows(text, ids: ids) {
            let booking = try Self.booking(fields, ids ?? (self == .focus ? "x_ChargeId" : "id"), source)
            guard !booking.id.hasPrefix(Charge.prefix(environment)) else {
                throw CostFileProblem(
                    line: fields.line, reason: "it was exported from \(environment) itself, where it is booked already."
                )
            }
            costs.append(ReadCost(line: fields.line, booking: booking))
        }
        guard !costs.isEmpty else { throw CostFileProblem(line: nil, reason: "The file has no costs.") }
        return costs
    }

    private func rows(_ text: String, ids: String?) throws(CostFileProblem) -> [Fields] {
        if self == .json { return try Self.objects(text, ids) }
        let table: [(line: Int, fields: [String: String])]
        do { table = try CSVText.lines(text) } catch {
            throw CostFileProblem(line: error.line, reason: "it is no table in CSV: \(error.reason).")
        }
        return table.map { row in
            let tags = self == .focus ? Self.tags(row.fields["Tags"] ?? "") : [:]
            return (
                row.line,
                { name in
                    let own = name == "id" ? ids.map { [$0] } : nil
                    let names = own ?? (self == .focus ? Self.focusNames[name] ?? [] : [name])
                    return names.lazy.compactMap { row.fields[$0] }.first { !$0.isEmpty } ?? tags[name]
                }
            )
        }
    }

    private static func objects(_ text: String, _ ids: String?) throws(CostFileProblem) -> [Fields] {
        var rows: [Fields] = []
        // CRLF is one character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() where line.contains(where: { !$0.isWhitespace }) {
            let values: [String: TextOrNumber]
            do { values = try JSONDecoder().decode([String: TextOrNumber].self, from: Data(line.utf8)) } catch {
                throw CostFileProblem(line: index + 1, reason: "it is no object in JSON with texts and whole numbers.")
            }
            rows.append(
                (
                    index + 1,
                    { name in
                        let text = values[name == "id" ? ids ?? name : name]?.text ?? ""
                        return text.isEmpty ? nil : text
                    }
                ))
        }
        return rows
    }

    private static func booking(_ row: Fields, _ ids: String, _ source: String) throws(CostFileProblem) -> Booking {
        func problem(_ reason: String) -> CostFileProblem { CostFileProblem(line: row.line, reason: reason) }
        func required(_ name: String, _ called: String? = nil) throws(CostFileProblem) -> String {
            guard let value = row.value(name) else {
                throw problem("it has no \(called ?? focusNames[name]?.first ?? name).")
            }
            return value
        }
        func count(_ name: String) throws(CostFileProblem) -> Int64 {
            guard let text = row.value(name) else { return 0 }
            guard let count = Nanodollars.units(text) else { throw problem("\(text) is no \(name).") }
            return count
        }
        let (time, cost) = (try required("starts_at"), try required("cost"))
        guard let amount = Nanodollars(rounding: cost) else { throw problem("\(cost) is no amount of dollars.") }
        let currency = row.value("currency") ?? "USD"
        guard currency == "USD" else { throw problem("it is in \(currency); the ledger counts US dollars.") }
        guard let start = Timestamp(rfc3339: time) else {
            throw problem("\(time) is no time, such as 2026-11-01T00:00:00Z.")
        }
        return Booking(
            kind: .imported, id: try required("id", ids), source: source, sku: try required("sku"),
            provider: try required("provider"), unit: row.value("unit") ?? "unit", priceID: row.value("price"),
            startsAt: start.microseconds, cost: amount, quantity: try count("quantity"), calls: try count("calls"),
            context: HoldContext(
                service: row.value("service"), release: row.value("release"), user: row.value("user")))
    }

    /// What FOCUS keeps in `Tags`; others' tags may be anything.
    private static func tags(_ text: String) -> [String: String] {
        guard !text.isEmpty else { return [:] }
        do {
            return try JSONDecoder().decode([String: Tag].self, from: Data(text.utf8)).mapValues(\.text)
                .filter { !$0.value.isEmpty }
        } catch { return [:] }
    }
}

/// One that is of another kind, such as a boolean, is nobody's name, and keeps nobody from the others.
private struct Tag: Decodable {
    let text: String

    init(from decoder: any Decoder) {
        do { text = try TextOrNumber(from: decoder).text } catch { text = "" }
    }
}

private struct TextOrNumber: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            text = ""
            return
        }
        do { text = "\(try container.decode(Int64.self))" } catch { text = try container.decode(String.self) }
    }
}
