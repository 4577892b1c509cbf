/// Argo Rollouts with the AnalysisTemplates of its documentation (docs/features/analysis.md): `successCondition: result[0] >=
/// 0.95` over the success rate of Istio's request counters.
///
/// - The query is `irate(…[5m])`: the last two scrapes, and so the last minute at Prometheus' default interval of 1 m.
/// - Without requests the rate is NaN, which meets no success condition, and so fails (argo-rollouts #1905, #2027).
/// - An analysis fails when `failed > failureLimit` (`utils/analysis/helpers.go`): with 3, at the fourth.
struct ArgoPolicy: RollbackPolicy {
    /// Minutes from the canary's first request to the first measurement, and between two.
    let firstMinute: Int
    let every: Int
    let failureLimit: Int
    /// After so many measurements the analysis is successful; nil when it goes on for as long as the rollout.
    let count: Int?
    private var window = MinuteWindow()
    private var (measured, failed) = (0, 0)

    /// "Background Analysis": every 5 minutes with `failureLimit: 3`, from step 2 on, which comes 10 minutes after the first
    /// weight. Here the canary stays as it is for as long as the analysis runs.
    static var background: Self { Self(firstMinute: 10, every: 5, failureLimit: 3, count: nil) }

    /// "Analysis at a Predefined Step": a pause of 5 minutes, then `interval: 60s` and `count: 5`; `failureLimit` is 0 by default.
    static var step: Self { Self(firstMinute: 5, every: 1, failureLimit: 0, count: 5) }

    private init(firstMinute: Int, every: Int, failureLimit: Int, count: Int?) {
        (self.firstMinute, self.every, self.failureLimit, self.count) = (firstMinute, every, failureLimit, count)
    }

    mutating func observe(_ tick: Tick) -> Ruling {
        guard let minute = window.add(tick), minute.number >= firstMinute, (minute.number - firstMinute) % every == 0
        else { return .watch }
        measured += 1
        let isSuccess = minute.errorRate.map { 1 - $0 >= 0.95 } ?? false
        if !isSuccess { failed += 1 }
        if failed > failureLimit { return .rollBack }
        return measured == count ? .pass : .watch
    }
}
