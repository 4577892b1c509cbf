/// Services: what they wait for, and where they listen.
struct ServiceRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        let services = draft.environment.services
        let names = services.map(\.name)
        if services.isEmpty {
            collector.report(
                "service.none", at: draft.place("services"), "`\(draft.name)` runs no service.",
                fix: "Name at least one under `services:`.")
        }
        for service in services {
            for target in service.after where !names.contains(target) {
                collector.report(
                    "service.unknown-after", at: draft.place("services", service.name, "after"), name: service.name,
                    "`\(service.name)` starts after `\(target)`, which is no service here.",
                    fix: Suggestion.nearest(to: target, among: names).map { "Write `\($0)`." }
                        ?? "Known are \(names.map { "`\($0)`" }.joined(separator: ", ")).")
            }
        }
        services.forEach(checkCapacity)
        checkCycles(services)
        checkPorts(services)
    }

    /// Something may change, and something goes on serving.
    private func checkCapacity(_ service: ServiceDefinition) {
        let place = { (key: String) in draft.place("services", service.name, key) }
        if service.surge == 0, service.unavailable == 0 {
            collector.report(
                "service.capacity", at: place("surge"), name: service.name,
                "`\(service.name)` may have neither one instance more nor one fewer during a rollout, so none can be exchanged.",
                fix: "Write `surge: 1`, or `unavailable: 1` where there is no room for one more.")
        }
        if service.unavailable >= service.replicas {
            collector.report(
                "service.capacity", at: place("unavailable"), name: service.name,
                "a rollout may stop all \(service.replicas) of `\(service.name)` before a new one serves.",
                fix: "Write less than `replicas`, or raise `replicas`.")
        } else if service.unavailable > 0, service.surge == nil {
            collector.report(
                "service.capacity", at: place("unavailable"), name: service.name,
                "`unavailable` means nothing without `surge`: all new instances start beside the old ones.",
                fix: "Add `surge: 0`, or remove `unavailable`.")
        }
    }

    /// Reports each circle once, at the first of its services in the file.
    private func checkCycles(_ services: [ServiceDefinition]) {
        let after = Dictionary(services.map { ($0.name, $0.after) }) { first, _ in first }
        var done: Set<String> = []
        for service in services where !done.contains(service.name) {
            guard let circle = circle(from: service.name, after) else { continue }
            done.formUnion(circle)
            collector.report(
                "service.cycle", at: draft.place("services", service.name, "after"), name: service.name,
                "services wait for each other: \((circle + [circle[0]]).map { "`\($0)`" }.joined(separator: " after ")).",
                fix: "Remove one `after`.")
        }
    }

    private func circle(from start: String, _ after: [String: [String]]) -> [String]? {
        var visited: Set<String> = []
        func path(_ name: String, _ soFar: [String]) -> [String]? {
            for next in after[name] ?? [] {
                if next == start { return soFar }
                if visited.insert(next).inserted, let found = path(next, soFar + [next]) { return found }
            }
            return nil
        }
        return path(start, [start])
    }

    private func checkPorts(_ services: [ServiceDefinition]) {
        var owners: [Int: String] = [:]
        for service in services {
            guard let port = service.port else { continue }
            guard let owner = owners[port] else {
                owners[port] = service.name
                continue
            }
            collector.report(
                "service.port", at: draft.place("services", service.name, "port"), name: service.name,
                "`\(service.name)` and `\(owner)` both have port \(port).", fix: "Give one of them another port.")
        }
    }
}
