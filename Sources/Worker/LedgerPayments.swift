import Documents
import Ledger
import Storage

/// Pays through the environment's ledger, which lives in the same database as the jobs.
struct LedgerPayments: JobPayments {
    private let database: any Database
    private let desk: LedgerDesk
    private let release: String?
    /// Microseconds since 1970.
    private let now: @Sendable () -> Int64

    /// - Parameters:
    ///   - release: of this worker.
    ///   - now: microseconds since 1970.
    init(database: any Database, release: String? = nil, now: @escaping @Sendable () -> Int64) {
        (self.database, self.release, self.now) = (database, release, now)
        desk = LedgerDesk(database: database, now: now)
    }

    func hold(_ purchase: JobPurchase) async throws {
        let decision = try await desk.hold(
            HoldRequest(
                key: purchase.key, sku: purchase.sku, quantity: Int64(purchase.estimate),
                reference: purchase.lease.jobID, usesReserve: purchase.usesReserve,
                context: HoldContext(
                    service: "worker", release: release, user: purchase.job.userID,
                    document: purchase.job.documentID, correlationID: purchase.job.correlationID)))
        if case .refused(let error) = decision {
            throw BudgetReached(
                detail: error.description, sku: purchase.sku, quantity: purchase.estimate, isOfUser: error.isOfUser)
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

    func giveBack(_ key: String, now: Int64, on connection: any Connection) throws {
        try Ledger.release(key, on: connection, at: now)
    }

    func book(_ purchase: JobPurchase, quantity: Int) async throws -> Nanodollars {
        try await desk.post(purchase.key, .units(Int64(quantity))).cost
    }

    func tidy() async throws {
        try await desk.tidy()
    }

    func isStillReached(_ refused: BudgetReached) async throws -> Bool {
        let (time, release) = (now(), release)
        return try await database.read { connection in
            try Ledger.wouldRefuse(
                HoldRequest(
                    key: "", sku: refused.sku, quantity: Int64(refused.quantity), reference: "",
                    context: HoldContext(service: "worker", release: release)), on: connection, at: time)
        }
    }
}
