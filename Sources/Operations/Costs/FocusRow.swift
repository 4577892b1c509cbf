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
        // Nothing is prepaid or amortized here, and no other terms are known than the prices.
        case "BilledCost", "EffectiveCost": return charge.cost.description
        case "ContractedCost", "ListCost": return listCost
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
        case "PricingQuantity": return price.isUnpriced ? "" : pricingQuantity.text
        case "PricingUnit": return price.isUnpriced ? "" : price.per == 1 ? price.unit : "\(price.per) \(price.unit)s"
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

    private var pricingQuantity: PricingQuantity { PricingQuantity(charge.quantity, per: charge.price.per) }

    /// The product of `ListUnitPrice` and `PricingQuantity`, to the last place, whatever was paid (FOCUS, ListCost): calls are
    /// rounded each for itself, providers have figures of their own, and an overage's units are with what its hold covered.
    /// What has no price here is at what it cost.
    private var listCost: String {
        charge.price.isUnpriced ? charge.cost.description : pricingQuantity.cost(at: charge.price.amount)
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
}

/// How many pricing units a quantity is, to twelve decimals.
private struct PricingQuantity {
    private static let (places, scale) = (12, Int128(1_000_000_000_000))
    /// Without the sign.
    private let scaled: Int128
    private let sign: String

    init(_ quantity: Int64, per: Int64) {
        scaled = (2 * Int128(quantity.magnitude) * Self.scale + Int128(per)) / (2 * Int128(per))
        sign = quantity < 0 ? "-" : ""
    }

    var text: String { sign + Self.text(scaled / Self.scale, "", scaled % Self.scale) }

    /// The exact product with the price of one unit, with nine decimals and as many more as it takes.
    func cost(at price: Nanodollars) -> String {
        let part = Int128(price.count) * (scaled % Self.scale)
        let nanos = Int128(price.count) * (scaled / Self.scale) + part / Self.scale
        let perDollar = Int128(Nanodollars.perDollar)
        return sign + Self.text(nanos / perDollar, Self.padded(nanos % perDollar, 9), part % Self.scale)
    }

    private static func text(_ whole: Int128, _ decimals: String, _ rest: Int128) -> String {
        var further = padded(rest, places)
        while further.hasSuffix("0") { further.removeLast() }
        return (decimals + further).isEmpty ? "\(whole)" : "\(whole).\(decimals)\(further)"
    }

    private static func padded(_ number: Int128, _ places: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: places - digits.count) + digits
    }
}
