import Documents
import Ledger
import Storage

/// Pays through the environment's ledger, which lives in the same database as the jobs.
struct LedgerPayments: JobPayments {
    let database: any Database
    /// Microseconds since 1970.
    let now: @Sendable () -> Int64

    func hold(_ purchase: JobPurchase) async throws {
        let request = HoldRequest(
            key: purchase.key, sku: purchase.sku, quantity: Int64(purchase.estimate),
            reference: purchase.lease.jobID, usesReserve: purchase.usesReserve)
        let time = now()
        let decision = try await database.write { connection in
            try Ledger.hold(request, on: connection, at: time)
        }
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
        let (key, time) = (purchase.key, now())
        try await database.write { connection in try Ledger.release(key, on: connection, at: time) }
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
