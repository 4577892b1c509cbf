import Storage

enum TransferKind: String, Sendable, CaseIterable {
    /// What a hold covered.
    case cost
    /// What no hold covered.
    case overage

    func transfer(of hold: String) -> String { "\(hold)/\(rawValue)" }

    /// The account that grows by it.
    var debit: String {
        switch self {
        case .cost: "expense"
        case .overage: "overage"
        }
    }
}

/// One transfer and its two postings, which sum to zero: the expense grows by what we come to owe the provider.
struct Transfer: Sendable {
    static let payable = "payable"

    let kind: TransferKind
    let hold: Hold
    /// Who says how much it is.
    let origin: String
    let quantity: Int64
    let amount: Nanodollars

    init(_ kind: TransferKind, _ hold: Hold, _ actual: ActualCost, _ amount: Nanodollars) {
        let origin = if case .reported = actual { "reported" } else { "computed" }
        // Units count once.
        self.init(kind, hold, origin: origin, quantity: kind == .cost ? actual.units : 0, amount: amount)
    }

    init(_ kind: TransferKind, _ hold: Hold, origin: String, quantity: Int64, amount: Nanodollars) {
        (self.kind, self.hold, self.origin) = (kind, hold, origin)
        (self.quantity, self.amount) = (quantity, amount)
    }

    var id: String { kind.transfer(of: hold.key) }

    var postings: [(kind: String, account: String, amount: Nanodollars)] {
        [(kind.debit, amount), (Self.payable, .zero - amount)].map { ($0, "\($0):\(hold.provider)", $1) }
    }
}

extension Ledger {
    /// Writes transfers, their postings, and the freezes that overages bring.
    static func record(_ transfers: [Transfer], on connection: any Connection, at now: Int64) throws {
        guard !transfers.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO ledger_transfer
                (id, kind, hold, reference, price, provider, quantity, origin, day, posted_at)
            VALUES \(Placeholders.rows(transfers.count, of: 10))
            """,
            transfers.flatMap { transfer -> [any SQLConvertible] in
                let hold = transfer.hold
                return [
                    transfer.id, transfer.kind.rawValue, hold.key, hold.reference, hold.priceID, hold.provider,
                    transfer.quantity, transfer.origin, hold.day, now,
                ]
            })
        try recordPostings(of: transfers, on: connection)
        try freeze(for: transfers.filter { $0.kind == .overage }, on: connection, at: now)
    }

    private static func recordPostings(of transfers: [Transfer], on connection: any Connection) throws {
        let postings = transfers.flatMap { transfer in transfer.postings.map { (transfer.id, $0) } }
        let accounts = Dictionary(postings.map { ($1.account, $1.kind) }) { first, _ in first }.sorted {
            $0.key < $1.key
        }
        try connection.execute(
            """
            INSERT INTO ledger_account (id, kind) VALUES \(Placeholders.rows(accounts.count, of: 2))
            ON CONFLICT (id) DO NOTHING
            """, accounts.flatMap { [$0.key, $0.value] })
        try connection.execute(
            "INSERT INTO ledger_posting (transfer, account, nanos) VALUES \(Placeholders.rows(postings.count, of: 3))",
            postings.flatMap { [$0, $1.account, $1.amount] as [any SQLConvertible] })
    }

    private static func freeze(
        for overages: [Transfer], on connection: any Connection, at now: Int64
    ) throws {
        guard !overages.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO ledger_freeze (transfer, scope, day, nanos, frozen_at)
            VALUES \(Placeholders.rows(overages.count, of: 5))
            """,
            overages.flatMap { [$0.id, $0.hold.provider, day(of: now), $0.amount, now] as [any SQLConvertible] })
    }
}
