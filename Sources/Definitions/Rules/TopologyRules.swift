import Contract

/// What some service reads from a queue, some service writes to it.
struct TopologyRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        // A service whose contract is not known may be the one that is looked for.
        guard draft.knowsAllContracts else { return }
        let users = draft.environment.services.compactMap { service in
            draft.contracts[service.name]?.queues.map { (service, $0) }
        }
        let produced = Set(users.flatMap { $0.1.produces })
        let consumed = Set(users.flatMap { $0.1.consumes })
        for (service, queues) in users {
            for name in queues.consumes where !produced.contains(name) {
                report(name, service, unproduced: true, among: produced)
            }
            for name in queues.produces where !consumed.contains(name) {
                report(name, service, unproduced: false, among: consumed)
            }
        }
    }

    private func report(
        _ name: String, _ service: ServiceDefinition, unproduced: Bool, among others: Set<String>
    ) {
        let nearest = Suggestion.nearest(to: name, among: others.sorted())
        let (does, missing) = unproduced ? ("reads from", "writes to") : ("writes to", "reads from")
        let list = unproduced ? "consumes" : "produces"
        collector.report(
            unproduced ? "queue.no-producer" : "queue.no-consumer", severity: unproduced ? .error : .warning,
            at: service.place, name: name,
            "`\(service.name)` \(does) `\(name.prefix(80))`, and no service of \(draft.name) \(missing) it.",
            fix: nearest.map { "Write `\($0)` under `\(list)` of the contract of `\(service.name)`, and in its code." }
                ?? "Add the service that \(missing) it, or remove it from the contract of `\(service.name)`.")
    }
}
