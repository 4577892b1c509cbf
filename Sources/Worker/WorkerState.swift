import Documents
import Synchronization

/// What the worker's services share: its share of the buckets, the jobs it holds, and what keeps it from taking more.
final class WorkerState: Sendable {
    private struct Values {
        var share: JobBuckets
        var held: [JobLease: @Sendable () -> Void] = [:]
        var isDraining = false
        var budget = BudgetState.open
        var lastBeat: Int64?
        var lastBeatError: String?
    }

    private let values: Mutex<Values>
    private let wakeUps: AsyncStream<Void>.Continuation
    /// Something changed that may let a job be claimed: a job came, a slot is free, the share grew. One reader.
    let wakes: AsyncStream<Void>

    init(share: JobBuckets) {
        values = Mutex(Values(share: share))
        (wakes, wakeUps) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func wake() { wakeUps.yield() }

    var share: JobBuckets { values.withLock { $0.share } }

    func setShare(_ share: JobBuckets) {
        values.withLock { $0.share = share }
        wake()
    }

    var isDraining: Bool { values.withLock { $0.isDraining } }

    /// No more jobs from now on.
    func drain() {
        values.withLock { $0.isDraining = true }
        wake()
    }

    // MARK: Jobs in hand

    var leases: [JobLease] { values.withLock { Array($0.held.keys) } }

    var inFlight: Int { values.withLock { $0.held.count } }

    func hold(_ lease: JobLease, cancel: @escaping @Sendable () -> Void) {
        values.withLock { $0.held[lease] = cancel }
    }

    func release(_ lease: JobLease) {
        _ = values.withLock { $0.held.removeValue(forKey: lease) }
        wake()
    }

    /// Ends the work on these jobs.
    func cancel(_ leases: [JobLease]) {
        let cancels = values.withLock { values in leases.compactMap { values.held[$0] } }
        for cancel in cancels { cancel() }
    }

    // MARK: The budget

    var budget: BudgetState { values.withLock { $0.budget } }

    func budgetRefused(_ refused: BudgetReached, usesReserve: Bool) {
        values.withLock { $0.budget = usesReserve ? .reserveReached(refused) : .reached(refused) }
    }

    func setBudget(_ budget: BudgetState) {
        let isFreed = values.withLock { values in
            defer { values.budget = budget }
            return values.budget != budget
        }
        if isFreed { wake() }
    }

    // MARK: The heartbeat

    func beat(at time: Int64) {
        values.withLock { values in
            values.lastBeat = time
            values.lastBeatError = nil
        }
    }

    func missedBeat(_ error: String) { values.withLock { $0.lastBeatError = error } }

    /// When the database last took a heartbeat, and why it did not take the latest one, if it did not.
    var heartbeat: (time: Int64?, error: String?) { values.withLock { ($0.lastBeat, $0.lastBeatError) } }
}

/// What the budget lets a worker claim.
enum BudgetState: Sendable, Equatable {
    case open
    /// Only pinned jobs, which have a reserve.
    case reached(BudgetReached)
    /// Nothing.
    case reserveReached(BudgetReached)

    var refused: BudgetReached? {
        switch self {
        case .open: nil
        case .reached(let refused), .reserveReached(let refused): refused
        }
    }
}
