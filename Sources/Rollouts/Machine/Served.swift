import Analysis

/// What the new bundle of one service has answered, summed over the looks of a rollout.
struct Served: Codable, Sendable, Equatable {
    var requests: Int64 = 0
    var failed: Int64 = 0
    /// Clients that met a failure, once in each look; nil as long as they were not told apart.
    var clients: Int64?
    private var epoch: String?
    private var last = TrafficSum()
    private var lastClients: Int64?

    /// - Parameter arm: cumulative counts of the epoch; they may begin anew with another one.
    mutating func add(_ arm: SignalSample.Arm, epoch now: String) {
        let known = epoch == now ? last : TrafficSum()
        requests += max(arm.requests - known.requests, 0)
        failed += max(arm.errors - known.errors, 0)
        if let count = arm.clients?.errors {
            let before = epoch == now ? lastClients ?? 0 : 0
            clients = (clients ?? 0) + max(count - before, 0)
            lastClients = count
        }
        epoch = now
        last = TrafficSum(requests: arm.requests, errors: arm.errors)
    }
}

extension Rollout {
    mutating func count(_ sample: SignalSample) {
        guard sample.broken == nil, let to = course?.to, let arm = sample.arms.first(where: { $0.bundle == to })
        else { return }
        served = served ?? [:]
        served?[sample.service, default: Served()].add(arm, epoch: sample.epoch)
    }

    /// What the new bundle did so far, by service.
    package var incidentCosts: [Incident.Cost] {
        (served ?? [:]).sorted { $0.key < $1.key }.map { service, sum in
            Incident.Cost(service: service, requests: sum.requests, failed: sum.failed, clients: sum.clients)
        }
    }

    mutating func note(_ shift: Event.WeightsShifted, _ now: Timestamp) {
        shares = (shares ?? []) + [Incident.Weight(at: now, service: shift.service, percent: shift.percent)]
    }
}

extension Incident {
    /// What an automatic rollback is to be remembered by; nil when people or other things ended the rollout.
    init?(_ rollout: Rollout, now: Timestamp) {
        guard let course = rollout.course, let outcome = rollout.outcome,
            outcome == .rolledBack || outcome == .rollbackFailed
        else { return nil }
        let isTurned = rollout.kind == .rollout && rollout.turn?.cause == .verdict
        guard isTurned || rollout.kind == .rollback && rollout.actor == Rollout.watchName else { return nil }
        let shares = rollout.shares ?? []
        let failing = rollout.verdicts.filter { $0.verdict == .fail }.map(\.why)
        let decided = failing.isEmpty ? [rollout.turn?.why ?? rollout.reason ?? "no reason is on record"] : failing
        self.init(
            id: "i-" + (rollout.id.hasPrefix("r-") ? rollout.id.dropFirst(2) : rollout.id[...]),
            environment: rollout.environment, rollout: rollout.id, release: course.toRelease,
            restored: course.fromRelease, openedAt: rollout.turn?.at ?? now,
            servedSince: shares.first { $0.percent > 0 }?.at, servedUntil: rollout.restoredAll ? shares.last?.at : nil,
            verdicts: decided,
            costs: rollout.incidentCosts, weights: shares, outcome: outcome)
    }
}

extension Rollout {
    /// Whom rollbacks are by that nobody asked for.
    package static let watchName = "watch"
}
