import Analysis
import Definitions
import Rollouts

/// Tidegate's own judge, fed and asked as a rollout does (`Rollout+judging.swift`): the rules that follow from an environment
/// file that sets none, looks of cumulative counters every two seconds, and any verdict `fail` turns back.
struct TidegatePolicy: RollbackPolicy {
    private var judge = ServiceJudge(service: "api", rules: rules)
    private var (canary, stable) = (Tick.Arm(), Tick.Arm())
    private var isFirst = true

    private static let rules: JudgeRules = {
        let thresholds = Thresholds()
        let (usual, quantile) = (LatencyModel.usual(), thresholds.latencyQuantile)
        let baseline = usual.quantile(quantile).map {
            LatencyBaseline(
                quantile: quantile, milliseconds: $0, samples: usual.total, bundle: Digest(of: []), histogram: usual)
        }
        return JudgeRules(thresholds, baseline: baseline, gap: max(.seconds(Stream.tick) * 5, .seconds(10)))
    }()

    mutating func observe(_ tick: Tick) -> Ruling {
        if isFirst {
            // The look at the moment when traffic begins, from which the next one counts.
            isFirst = false
            if tick.canary.clients != nil {
                let none = ArmCount(requests: 0, errors: 0)
                (canary.clients, stable.clients) = (none, none)
            }
            _ = look(number: 0)
        }
        canary = canary + tick.canary
        stable = stable + tick.stable
        return look(number: tick.number)
    }

    private mutating func look(number: Int) -> Ruling {
        let look = Look(
            at: Int64(number * Stream.tick) * 1_000_000, epoch: "1", candidate: Self.arm(canary),
            reference: Self.arm(stable))
        return judge.observe(look).verdicts.contains { $0.verdict == .fail } ? .rollBack : .watch
    }

    private static func arm(_ arm: Tick.Arm) -> Look.Arm {
        Look.Arm(
            requests: arm.requests, errors: arm.errors, latency: LatencyModel.histogram(arm.latency), instances: 2,
            ready: 2, clients: arm.clients)
    }
}
