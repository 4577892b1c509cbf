import Analysis

/// Flagger with its two built-in metrics and the limits that its documentation gives them (docs.flagger.app/usage/metrics):
/// `request-success-rate` at least 99 %, `request-duration` (P99) at most 500 ms, each over the last minute.
///
/// - `interval` is 60 s by default; `threshold` is 1 by default, and 10 in the documentation's canary.
/// - A check without values, or with NaN, fails.
/// - The count of failed checks is never reset, and is compared at the start of the next tick: it rolls back one interval after
///   the check that reached the threshold (`pkg/controller/scheduler.go`, `advanceCanary`).
struct FlaggerPolicy: RollbackPolicy {
    let threshold: Int
    private var window = MinuteWindow()
    private var failedChecks = 0

    init(threshold: Int) { self.threshold = threshold }

    mutating func observe(_ tick: Tick) -> Ruling {
        guard let minute = window.add(tick) else { return .watch }
        if failedChecks >= threshold { return .rollBack }
        if !isFine(minute) { failedChecks += 1 }
        return .watch
    }

    private func isFine(_ minute: MinuteWindow.Minute) -> Bool {
        guard let errorRate = minute.errorRate, 100 * (1 - errorRate) >= 99 else { return false }
        guard !minute.canary.latency.isEmpty else { return true }
        return LatencyModel.histogram(minute.canary.latency).quantile(0.99).map { $0 <= 500 } ?? false
    }
}
