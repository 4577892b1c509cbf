import Analysis

/// Kayenta's judge as Tidegate has it, over its least number of points: 50 of a minute each, judged once. Marginal from 75 and
/// pass from 95, as Spinnaker's documentation sets them; a stage whose last score is under `pass` fails.
///
/// The canary is compared with a baseline deployment of its own size, which Spinnaker's documentation asks for, and not with
/// the whole stable arm. Metrics: the minute's error rate, and its P95 where latency is counted; an increase counts.
struct KayentaPolicy: RollbackPolicy {
    let seed: UInt64
    private var window = MinuteWindow()
    private var (errors, baselineErrors): ([Double], [Double]) = ([], [])
    private var (latency, baselineLatency): ([Double], [Double]) = ([], [])
    private let points = 50

    init(seed: UInt64) { self.seed = seed }

    mutating func observe(_ tick: Tick) -> Ruling {
        guard let minute = window.add(tick) else { return .watch }
        errors.append(minute.errorRate ?? .nan)
        baselineErrors.append(minute.baselineErrorRate ?? .nan)
        if !minute.canary.latency.isEmpty {
            latency.append(Self.p95(minute.canary))
            baselineLatency.append(Self.p95(minute.baseline))
        }
        guard errors.count == points else { return .watch }
        return passes ? .pass : .rollBack
    }

    private static func p95(_ arm: Tick.Arm) -> Double { LatencyModel.histogram(arm.latency).quantile(0.95) ?? .nan }

    private var passes: Bool {
        let rules = KayentaRules(direction: .increase)
        var metrics = [
            KayentaMetric(
                name: "errors", groups: ["errors"], rules: rules, experiment: errors, control: baselineErrors)
        ]
        if !latency.isEmpty {
            metrics.append(
                KayentaMetric(
                    name: "latency", groups: ["latency"], rules: rules, experiment: latency, control: baselineLatency))
        }
        do {
            return try KayentaTrial(judge: KayentaJudge(), metrics: metrics, seed: seed).verdict().outcome == .pass
        } catch {
            // Only rules that are no rules throw, and these are Kayenta's own.
            preconditionFailure("\(error)")
        }
    }
}
