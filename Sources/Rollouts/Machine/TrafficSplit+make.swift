import Contract

/// Which bundles share a service's work, and how: the routing that is wanted, whatever instances there are.
package struct SplitIntent: Sendable, Equatable {
    package var environment: String
    package var service: String
    /// What was there before; has what `to` has not.
    package var from: Bundle?
    package var to: Bundle?
    /// Percentage of `to`.
    package var percent: Int

    package init(environment: String, service: String, from: Bundle?, to: Bundle?, percent: Int) {
        self.environment = environment
        self.service = service
        self.from = from
        self.to = to
        self.percent = percent
    }
}

extension TrafficSplit {
    /// The split for the instances that there are. Only ready and proved ones are targets; an arm that has its work already
    /// but no such instance keeps those that at least live, for it is better asked than cut off.
    /// - Parameter inForce: the percentage that a bundle has now.
    /// - Returns: nil when no bundle has the service.
    package static func make(
        _ intent: SplitIntent, instances: [Instance], inForce: (Digest) -> Int
    ) -> TrafficSplit? {
        let from = intent.from.flatMap { $0.service(intent.service) == nil ? nil : $0 }
        let to = intent.to.flatMap { $0.service(intent.service) == nil ? nil : $0 }
        // Going back is going back to the old port as well.
        let chosen = intent.percent == 0 ? from ?? to : to ?? from
        guard let definition = chosen?.service(intent.service) else { return nil }
        var arms: [Arm] = []
        if let from, from.digest != to?.digest {
            let rest = intent.to?.service(intent.service) == nil && intent.percent > 0 ? 0 : 100 - intent.percent
            arms.append(arm(from, rest, intent.service, instances, inForce(from.digest)))
        }
        if let to {
            let percent = arms.isEmpty ? (intent.percent > 0 ? 100 : 0) : intent.percent
            arms.append(arm(to, percent, intent.service, instances, inForce(to.digest)))
        }
        return TrafficSplit(
            environment: intent.environment, service: intent.service, port: definition.port,
            entrance: chosen?.entrance, sharePath: definition.artifact.contract.paths.share,
            readinessPath: definition.artifact.contract.paths.readiness, arms: arms)
    }

    private static func arm(
        _ bundle: Bundle, _ percent: Int, _ service: String, _ all: [Instance], _ inForce: Int
    ) -> Arm {
        let mine = all.filter { $0.service == service && $0.bundle == bundle.digest && $0.port != nil }
        let good = mine.filter { $0.ready && $0.proof != .none }
        let chosen = good.isEmpty && percent > 0 && inForce >= percent ? mine.filter(\.alive) : good
        return Arm(
            bundle: bundle.digest, release: bundle.release, percent: percent,
            instances: chosen.compactMap { instance in
                instance.port.map { Target(id: instance.id, port: $0) }
            }.sorted { $0.id < $1.id })
    }
}

extension SplitIntent {
    /// What is wanted while no rollout is under way. A service that only the warm bundle has goes on until that is stopped.
    package static func resting(_ state: EnvironmentState) -> [SplitIntent] {
        let current = (state.current?.services ?? []).map { service in
            SplitIntent(
                environment: state.environment, service: service.name, from: state.previous, to: state.current,
                percent: 100)
        }
        let left = (state.previous?.services ?? []).filter { state.current?.service($0.name) == nil }
        return current
            + left.map { service in
                SplitIntent(
                    environment: state.environment, service: service.name, from: nil, to: state.previous, percent: 100)
            }
    }

    /// The percentage that the bundle is to have.
    package func percent(of bundle: Digest) -> Int {
        if bundle == to?.digest { return from == nil && percent > 0 ? 100 : percent }
        return bundle == from?.digest ? 100 - percent : 0
    }
}
