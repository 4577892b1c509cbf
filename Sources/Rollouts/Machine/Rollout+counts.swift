import Definitions

extension Rollout {
    /// How many instances of the service the bundle is to have now, by the stages that were entered.
    package func count(of service: String, bundle: Digest) -> Int {
        guard let leg = course?.leg(service) else { return 0 }
        if bundle == course?.from {
            let all = leg.fromReplicas ?? 0
            return stage.isBackward ? all : reached(leg).old ?? all
        }
        return bundle == course?.to ? reached(leg).new ?? 0 : 0
    }

    private func reached(_ leg: Leg) -> (old: Int?, new: Int?) {
        var counts: (old: Int?, new: Int?)
        for record in history where record.stage.service == leg.service {
            if case .starting = record.stage { counts.new = leg.first ?? leg.replicas }
            guard let step = record.stage.step, leg.steps.indices.contains(step) else { continue }
            switch leg.steps[step] {
            case .grow(let count): counts.new = count
            case .shrink(let count), .regrow(let count): counts.old = count
            case .thin(let count): counts.new = count
            case .smoke, .preview, .weight, .bake, .approve, .run: break
            }
        }
        return counts
    }
}

extension EnvironmentState {
    /// How many instances of the service the bundle is to have while no rollout is under way: all of the one that runs, and
    /// of the one before what the service's limits leave room for.
    package func count(of service: String, bundle: Digest) -> Int {
        if let mine = current?.service(service), bundle == current?.digest { return mine.replicas }
        guard let before = previous, bundle == before.digest, let old = before.service(service) else { return 0 }
        guard let now = current?.service(service) else { return old.replicas }
        return Capacity(from: old, to: now).course(now.strategy.steps).warm
    }
}
