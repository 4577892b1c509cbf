import Storage

/// What was spent in an hour on one thing for one user by one service at one release.
struct HourKey: Hashable, Comparable {
    let startsAt: Int64
    let sku: String
    let provider: String
    let service: String
    let release: String
    let user: String

    static let microseconds: Int64 = 3_600_000_000

    init(_ hold: Hold) {
        startsAt = hold.heldAt - hold.heldAt % Self.microseconds
        (sku, provider) = (hold.sku, hold.provider)
        (service, release) = (hold.context.service ?? "", hold.context.release ?? "")
        user = hold.context.user ?? ""
    }

    private var order: [String] { [sku, service, release, user] }

    static func < (left: HourKey, right: HourKey) -> Bool {
        left.startsAt == right.startsAt
            ? left.order.lexicographicallyPrecedes(right.order) : left.startsAt < right.startsAt
    }
}

struct HourSum: Sendable, Equatable {
    var nanos = Nanodollars.zero
    var overage = Nanodollars.zero
    var quantity: Int64 = 0
    /// How many calls.
    var entries: Int64 = 0

    init(_ counted: Uncounted) {
        (nanos, overage) = (counted.posted + counted.overage, counted.overage)
        (quantity, entries) = (counted.quantity, counted.entries)
    }

    static func + (left: HourSum, right: HourSum) -> HourSum {
        var sum = left
        sum.nanos = left.nanos + right.nanos
        sum.overage = left.overage + right.overage
        sum.quantity += right.quantity
        sum.entries += right.entries
        return sum
    }
}

extension Ledger {
    /// Adds to the hours' sums.
    static func sum(_ counted: [Uncounted], on connection: any Connection) throws {
        let spent = counted.filter { $0.entries > 0 }
        try add(Dictionary(spent.map { (HourKey($0.hold), HourSum($0)) }, uniquingKeysWith: +), on: connection)
    }

    static func add(_ sums: [HourKey: HourSum], on connection: any Connection) throws {
        guard !sums.isEmpty else { return }
        let rows = sums.sorted { $0.key < $1.key }
        try connection.execute(
            """
            INSERT INTO ledger_hour
                (starts_at, sku, provider, service, release_id, user_id, nanos, overage, quantity, entries)
            VALUES \(Placeholders.rows(rows.count, of: 10))
            ON CONFLICT (starts_at, sku, service, release_id, user_id) DO UPDATE SET
                nanos = ledger_hour.nanos + excluded.nanos, overage = ledger_hour.overage + excluded.overage,
                quantity = ledger_hour.quantity + excluded.quantity, entries = ledger_hour.entries + excluded.entries
            """,
            rows.flatMap { key, sum -> [any SQLConvertible] in
                [
                    key.startsAt, key.sku, key.provider, key.service, key.release, key.user, sum.nanos, sum.overage,
                    sum.quantity, sum.entries,
                ]
            })
    }
}
