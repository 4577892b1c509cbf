import Definitions
import Ledger
import Operations
import Rollouts

/// What the instances cost at most that a rollout lets run beside those that are needed. Exact: whole billionths, rounded up
/// once for each service.
struct DoubleRunningCost {
    private let running: Plan.DoubleRunning
    /// Billionths of a dollar for an instance and hour, by service.
    private let prices: [String: Int64]

    /// - Parameter prices: by service; those that have none are left out.
    init(_ running: Plan.DoubleRunning, prices: [String: Int64]) {
        (self.running, self.prices) = (running, prices)
    }

    /// Of the services of which more run than are needed.
    var services: [PlanDocument.InstanceCost] {
        running.services.filter { $0.during > 0 || $0.warm > 0 }.map { surplus in
            let price = prices[surplus.service]
            return PlanDocument.InstanceCost(
                service: surplus.service, during: surplus.during, duringSeconds: running.during.seconds,
                warm: surplus.warm, warmSeconds: running.warm.seconds,
                instanceHour: price.map { Nanodollars($0).description },
                cost: price.map { Nanodollars(cost(surplus, $0)).description })
        }
    }

    /// A sentence for each service, with the reckoning, and one for all of them.
    var notes: [String] {
        var notes: [String] = []
        var sum: Int128 = 0
        var unknown: [String] = []
        for surplus in running.services where surplus.during > 0 || surplus.warm > 0 {
            guard let price = prices[surplus.service] else {
                unknown.append(surplus.service)
                continue
            }
            let cost = cost(surplus, price)
            sum += Int128(cost)
            notes.append(
                "\(surplus.service): \(reckoning(surplus)) × \(Nanodollars(price).short) USD an instance hour = "
                    + "\(Nanodollars(cost).short) USD at most.")
        }
        if notes.count > 1 {
            notes.append(
                "Running twice costs \(Nanodollars(Int64(clamping: sum)).short) USD at most\(unknown.isEmpty ? "" : ", as far as is known")."
            )
        }
        if !unknown.isEmpty {
            notes.append(
                "What running twice costs is unknown for \(unknown.joined(separator: ", ")): no `instance-hour` says what an "
                    + "instance costs.")
        }
        return notes
    }

    private func reckoning(_ surplus: Surplus) -> String {
        let parts = [
            (surplus.during, "more for \(running.during.written) of rollout"),
            (surplus.warm, "warm for \(running.warm.written)"),
        ]
        return "(" + parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " + ") + ")"
    }

    private func cost(_ surplus: Surplus, _ price: Int64) -> Int64 {
        let time = Int128(surplus.during) * running.during.nanoseconds + Int128(surplus.warm) * running.warm.nanoseconds
        let hour = Int128(3_600_000_000_000)
        return Int64(clamping: (time * Int128(price) + hour - 1) / hour)
    }
}

extension Duration {
    fileprivate var nanoseconds: Int128 {
        Int128(components.seconds) * 1_000_000_000 + Int128(components.attoseconds / 1_000_000_000)
    }
}

extension PlanDocument {
    mutating func add(_ cost: DoubleRunningCost) {
        instanceCosts = cost.services
        notes += cost.notes
    }
}

extension Environment {
    /// What an instance costs for an hour, in billionths of a dollar, by service.
    var instanceHours: [String: Int64] {
        services.reduce(into: [:]) { $0[$1.name] = $1.instanceHour }
    }
}
