import Contract
import Ledger

/// A charge in the columns of FOCUS 1.4, "Cost and Usage" (https://focus.finops.org/focus-specification/): the 21 that are
/// mandatory, those that what is priced by the unit needs, and our own, which begin with `x_`.
package struct FocusRow: Sendable {
    package static let columns = [
        "BilledCost", "BillingAccountId", "BillingAccountName", "BillingCurrency", "BillingPeriodEnd",
        "BillingPeriodStart", "ChargeCategory", "ChargeClass", "ChargeDescription", "ChargePeriodEnd",
        "ChargePeriodStart", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "EffectiveCost", "HostProviderName",
        "InvoiceIssuerName", "ListCost", "ListUnitPrice", "PricingQuantity", "PricingUnit", "ServiceCategory",
        "ServiceName", "ServiceProviderName", "SkuId", "SkuMeter", "SkuPriceId", "Tags", "x_Calls", "x_ChargeId",
        "x_Kind", "x_Source",
    ]

    private static let microsecondsPerHour: Int64 = 3_600_000_000

    private let charge: Charge
    private let environment: String

    package init(_ charge: Charge, environment: String) {
        (self.charge, self.environment) = (charge, environment)
    }

    /// The values in the order of `columns`; null is empty.
    package var fields: [String] { Self.columns.map(value) }

    private func value(_ column: String) -> String {
        let price = charge.price
        switch column {
        // Nothing is discounted, prepaid or amortized here: all four are the same.
        case "BilledCost", "ContractedCost", "EffectiveCost", "ListCost": return charge.cost.description
        case "BillingAccountId", "BillingAccountName": return environment
        case "BillingCurrency": return "USD"
        case "BillingPeriodStart": return Self.text(day: month.start)
        case "BillingPeriodEnd": return Self.text(day: month.end)
        case "ChargeClass": return charge.kind == .correction ? "Correction" : ""
        case "ChargeCategory": return "Usage"
        case "ChargeDescription": return "\(price.sku), by the \(price.unit)"
        case "ChargePeriodStart": return Self.text(hour: charge.startsAt)
        case "ChargePeriodEnd": return Self.text(hour: charge.startsAt + Self.microsecondsPerHour)
        case "ConsumedQuantity": return "\(charge.quantity)"
        case "ConsumedUnit", "SkuMeter": return price.unit
        case "HostProviderName", "InvoiceIssuerName", "ServiceProviderName": return price.provider
        case "ListUnitPrice": return price.isUnpriced ? "" : price.amount.description
        case "PricingQuantity": return Self.quotient(charge.quantity, price.per)
        case "PricingUnit": return price.per == 1 ? price.unit : "\(price.per) \(price.unit)s"
        case "ServiceCategory": return "AI and Machine Learning"
        case "ServiceName", "SkuId": return price.sku
        case "SkuPriceId": return price.isUnpriced ? "" : price.id
        case "Tags": return tags
        case "x_Calls": return "\(charge.calls)"
        case "x_ChargeId": return charge.id(environment)
        case "x_Kind": return charge.kind.rawValue
        case "x_Source": return charge.source
        default: return ""
        }
    }

    /// JSON, of what is known.
    private var tags: String {
        let known = [
            ("environment", environment), ("release", charge.release), ("service", charge.service),
            ("user", charge.user),
        ].filter { !$0.1.isEmpty }
        var json = JSONWriter()
        json.object { json in
            for (name, value) in known { json.member(name, value) }
        }
        return json.text
    }

    private var month: (start: Int64, end: Int64) {
        let day = Ledger.day(of: charge.startsAt)
        let start = day - (CivilDay.parts(day).day - 1)
        // The longest month has 31 days, so that 32 on lies in the next one.
        return (start, start + 32 - CivilDay.parts(start + 32).day + 1)
    }

    private static func text(day: Int64) -> String { CivilDay.text(day) + "T00:00:00Z" }

    static func text(hour: Int64) -> String {
        let day = Ledger.day(of: hour)
        let number = hour / microsecondsPerHour - day * 24
        return CivilDay.text(day) + "T\(number < 10 ? "0" : "")\(number):00:00Z"
    }

    /// Exact as far as twelve decimals go.
    private static func quotient(_ quantity: Int64, _ per: Int64) -> String {
        let scale: Int128 = 1_000_000_000_000
        let scaled = (2 * Int128(quantity) * scale + Int128(per)) / (2 * Int128(per))
        var fraction = String(scaled % scale)
        fraction = String(repeating: "0", count: 12 - fraction.count) + fraction
        while fraction.hasSuffix("0") { fraction.removeLast() }
        return fraction.isEmpty ? "\(scaled / scale)" : "\(scaled / scale).\(fraction)"
    }
}
