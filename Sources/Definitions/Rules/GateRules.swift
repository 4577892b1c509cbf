/// Objectives, gates and freezes: what they speak of is there, and they can do what they say.
struct GateRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        checkObjectives()
        checkFreezes()
        checkSoak()
        checkSpend()
    }

    private func checkObjectives() {
        let services = draft.environment.services.map(\.name)
        for objective in draft.environment.objectives {
            let place = draft.place("objectives", objective.service)
            if !services.contains(objective.service) {
                collector.report(
                    "objectives.unknown", at: place, name: objective.service,
                    "`\(objective.service)` promises something, and is no service of \(draft.name).",
                    fix: Suggestion.nearest(to: objective.service, among: services).map { "Write `\($0)`." }
                        ?? "Remove it, or define the service.")
            }
            guard objective.availability == nil, objective.latency == nil,
                draft.root["objectives"]?[objective.service]?["availability"] == nil,
                draft.root["objectives"]?[objective.service]?["latency"] == nil
            else { continue }
            collector.report(
                "objectives.empty", at: place, name: objective.service,
                "`\(objective.service)` has an objective that promises nothing.",
                fix: "Add `availability: 99.9%`, or `latency: { quantile: 0.95, below: 500ms }`.")
        }
    }

    private func checkFreezes() {
        let elements = draft.root["freezes"]?.elements ?? []
        for (index, freeze) in draft.environment.freezes.enumerated() {
            let place = elements.indices.contains(index) ? elements[index].place : draft.place("freezes")
            let flaw =
                freeze.from == freeze.until
                ? "begins when it ends"
                : (freeze.from.day == nil) != (freeze.until.day == nil) ? "names a day for one of its ends only" : nil
            guard let flaw else { continue }
            collector.report(
                "freezes.window", at: place, name: freeze.from.description, "the freeze of `\(freeze.from)` \(flaw).",
                fix: "Write for example `from: fri 16:00` and `until: mon 08:00`, or both without a day.")
        }
    }

    private func checkSoak() {
        guard draft.environment.soak > .zero, draft.environment.promotesFrom == nil,
            draft.root["promotes-from"]?.isNull ?? true
        else { return }
        collector.report(
            "soak.no-source", at: draft.place("soak"), name: "soak",
            "releases are to stay healthy for a while somewhere, and nothing says where.",
            fix: "Add `promotes-from:` with the environment's name, or remove `soak`.")
    }

    private func checkSpend() {
        guard draft.environment.gates.spend == .refuse, draft.environment.budgets.isEmpty,
            draft.root["budgets"]?.entries?.isEmpty ?? true
        else { return }
        collector.report(
            "gates.no-budget", at: draft.place("gates", "spend"), name: "spend",
            "rollouts are to stop at the spend limit, and \(draft.name) has none.",
            fix: "Write `budgets: { total: { limit: 25 USD, per: day } }`, or `spend: ignore`.")
    }
}
