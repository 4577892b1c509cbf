import Documents
import Ledger
import Storage

/// Pays through the environment's ledger, which lives in the same database as the jobs.
struct LedgerPayments: JobPayments {
    private let database: any Database
    private let desk: LedgerDesk
    /// Microseconds since 1970.
    private let now: @Sendable () -> Int64

    init(database: any Database, now: @escaping @Sendable () -> Int64) {
        (self.database, self.now) = (database, now)
        desk = LedgerDesk(database: database, now: now)
    }

    func hold(_ purchase: JobPurchase) async throws {
        let decision = try await desk.hold(
            HoldRequest(
                key: purchase.key, sku: purchase.sku, quantity: Int64(purchase.estimate),
                reference: purchase.lease.jobID, usesReserve: purchase.usesReserve))
        if case .refused(let error) = decision {
            throw BudgetReached(detail: error.description, sku: purchase.sku, quantity: purchase.estimate)
        }
    }

    func settle(
        _ purchase: JobPurchase, quantity: Int, now: Int64, on connection: any Connection
    ) throws -> Nanodollars {
        try Ledger.post(purchase.key, .units(Int64(quantity)), on: connection, at: now).cost
    }

    func cancel(_ purchase: JobPurchase) async throws {
        try await desk.release(purchase.key)
    }

    func book(_ purchase: JobPurchase, quantity: Int) async throws -> Nanodollars {
        try await desk.post(purchase.key, .units(Int64(quantity))).cost
    }

    func tidy() async throws {
        try await desk.tidy()
    }

    func isStillReached(_ refused: BudgetReached) async throws -> Bool {
        let time = now()
        return try await database.read { connection in
            guard let price = try Ledger.price(of: refused.sku, on: connection, at: time) else { return true }
            let cost = try price.cost(of: Int64(refused.quantity), rounding: .up)
            return try Ledger.spend(on: connection, day: Ledger.day(of: time), at: time)
                .filter { $0.scope == Ledger.total || $0.scope == price.provider }
                .contains { scope in
                    if scope.isFrozen { return true }
                    guard let budget = scope.budget else { return false }
                    return scope.spent + scope.held + cost > budget.limit - budget.reserve
                }
        }
    }
}
