import Ledger
import Storage

/// Something that a stage is about to buy from a provider.
package struct JobPurchase: Sendable, Equatable {
    package var job: JobRecord
    package var lease: JobLease
    package var stage: JobStage
    /// Counts the purchases of one lease, so that each has a name of its own.
    package var number: Int
    /// What the price list calls it: `llamaparse` (by pages), `text-embedding-3-small` (by tokens).
    package var sku: String
    /// At most this many units, as far as one can tell before.
    package var estimate: Int
    /// The same purchase has the same key: settling it twice is settling it once.
    package let key: String

    /// - Parameter key: of a purchase that was made under another lease.
    package init(
        job: JobRecord, lease: JobLease, stage: JobStage, number: Int, sku: String, estimate: Int,
        key: String? = nil
    ) {
        self.job = job
        self.lease = lease
        self.stage = stage
        self.number = number
        self.sku = sku
        self.estimate = estimate
        self.key = key ?? "\(lease.jobID):\(lease.epoch):\(stage.rawValue):\(number)"
    }
}

extension JobPurchase {
    /// Smoke tests pin their jobs, and have a reserve in the budget.
    package var usesReserve: Bool { job.pinRelease != nil }
}

/// The budget does not allow the purchase. The job waits; that is no attempt.
package struct BudgetReached: Error, Sendable, Equatable, CustomStringConvertible {
    package let detail: String
    package let sku: String
    package let quantity: Int
    /// Whether it is a limit of the job's user alone: others' jobs go on.
    package let isOfUser: Bool

    package init(detail: String, sku: String, quantity: Int, isOfUser: Bool = false) {
        self.isOfUser = isOfUser
        self.detail = detail
        self.sku = sku
        self.quantity = quantity
    }

    package var description: String { detail }
}

/// Pays for provider calls: a hold before the call, a posting with the stage that it paid for.
package protocol JobPayments: Sendable {
    /// Sets the estimate's price aside, durably, before the call.
    /// - Throws: `BudgetReached`, or what the database throws.
    func hold(_ purchase: JobPurchase) async throws

    /// Books what was really bought, and ends the hold, in the stage's own transaction. What was spent is booked even
    /// when it exceeds the hold.
    /// - Returns: what it cost.
    @discardableResult
    func settle(_ purchase: JobPurchase, quantity: Int, now: Int64, on connection: any Connection) throws -> Nanodollars

    /// Books what was bought apart from any stage, which was lost or could not be written.
    /// - Returns: what it cost.
    func book(_ purchase: JobPurchase, quantity: Int) async throws -> Nanodollars

    /// Counts what has ended, and ends holds whose time is over, when nothing is bought for a while.
    func tidy() async throws

    /// Ends the hold of a call that bought nothing.
    func cancel(_ purchase: JobPurchase) async throws

    /// Gives back what was set aside under a purchase's key, because another hold has taken its place.
    func giveBack(_ key: String, now: Int64, on connection: any Connection) throws

    /// Whether a purchase that was refused would be refused still, without the reserve.
    func isStillReached(_ refused: BudgetReached) async throws -> Bool
}
