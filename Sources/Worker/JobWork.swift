import Documents
import Ledger
import Storage

/// One job in one worker's hands, stage by stage.
struct JobWork: Sendable {
    let environment: WorkerEnvironment
    let lease: JobLease
    var job: JobRecord
    /// Counts what was bought under this lease.
    var purchases = 0
    /// What was booked under this lease.
    var spent = Nanodollars.zero

    init(environment: WorkerEnvironment, lease: JobLease, job: JobRecord) {
        self.environment = environment
        self.lease = lease
        self.job = job
    }

    mutating func perform(_ stage: JobStage) async throws {
        switch stage {
        case .parse: try await parse()
        case .chunk: try await chunk()
        case .embed: try await embed()
        }
    }

    mutating func purchase(_ stage: JobStage, sku: String, estimate: Int) -> JobPurchase {
        purchases += 1
        return JobPurchase(job: job, lease: lease, stage: stage, number: purchases, sku: sku, estimate: estimate)
    }

    /// Runs one transaction of the stage. All that stages write hangs on the job, whose row they lock with the look at
    /// their lease: read committed is enough, and stages of different jobs never make each other run again.
    func commit<T: Sendable>(_ body: @Sendable @escaping (any Connection, Int64) throws -> T) async throws -> T {
        let now = environment.now()
        return try await environment.database.write(.readCommitted) { connection in try body(connection, now) }
    }

    /// Commits what a call has bought. When that fails, because the job is lost or the stage cannot be written, the
    /// money is gone all the same, and is booked by itself.
    @discardableResult
    mutating func commit<T: Sendable>(
        paying purchase: JobPurchase, quantity: Int,
        _ body: @Sendable @escaping (any Connection, Int64) throws -> T
    ) async throws -> T {
        let payments = environment.payments
        do {
            let (cost, result) = try await commit { connection, now in
                let cost = try payments.settle(purchase, quantity: quantity, now: now, on: connection)
                return (cost, try body(connection, now))
            }
            spent = spent + cost
            return result
        } catch {
            try await book(purchase, quantity: quantity)
            throw error
        }
    }

    /// Books what was spent, apart from any stage.
    mutating func book(_ purchase: JobPurchase, quantity: Int) async throws {
        let payments = environment.payments
        let cost = try await Task { try await payments.book(purchase, quantity: quantity) }.value
        spent = spent + cost
    }

    /// Makes a provider call that was paid for in advance. An answer that cannot be used is billed, as far as one knows at the
    /// estimate. When no answer came, the provider may have done the work: the hold is left to lapse, and is reported as
    /// unknown then. Any other failure has bought nothing.
    mutating func call<T: Sendable>(
        _ purchase: JobPurchase, _ body: () async throws(ProviderError) -> T
    ) async throws -> T {
        try await environment.payments.hold(purchase)
        do throws(ProviderError) {
            return try await body()
        } catch {
            let isCancelled = Task.isCancelled
            if error.isBilled {
                try await book(purchase, quantity: purchase.estimate)
            } else if !error.mayBeBilled {
                let payments = environment.payments
                try await Task { try await payments.cancel(purchase) }.value
            }
            throw StageError.provider(error, stage: purchase.stage, isCancelled: isCancelled)
        }
    }

    func failure(_ stage: JobStage, _ code: String, _ message: String) -> StageError {
        .failed(JobFailure(stage: stage, code: code, message: message, isRetryable: false))
    }
}
