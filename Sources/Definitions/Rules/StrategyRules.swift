/// Strategies: named ones exist, weights grow to 100 %, and evidence is asked for where it matters.
struct StrategyRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        let strategies = draft.environment.strategies
        for service in draft.environment.services where strategies[service.strategy] == nil {
            let declared = draft.root["strategies"]?[service.strategy] != nil
            guard !declared else { continue }
            collector.report(
                "strategy.unknown", at: draft.place("services", service.name, "strategy"), name: service.strategy,
                "`\(service.name)` rolls out by `\(service.strategy)`, which is no strategy here.",
                fix: Suggestion.nearest(to: service.strategy, among: strategies.keys.sorted()).map { "Write `\($0)`." }
                    ?? "Define it under `strategies:`.")
        }
        for (name, strategy) in strategies.sorted(by: { $0.key < $1.key }) {
            checkWeights(name, strategy)
            checkPreview(name, strategy)
            checkEvidence(name, strategy)
            checkEarly(name, strategy)
            checkKayenta(name, strategy)
        }
    }

    /// Evidence that a release is good comes from the old bundle beside it.
    private func checkEarly(_ name: String, _ strategy: Strategy) {
        var weight = 0
        for (index, step) in strategy.steps.enumerated() {
            if case .weight(let percent) = step { weight = percent }
            guard case .bake(_, let evidence) = step, evidence.early == true, weight % 100 == 0 else { continue }
            let node = draft.root["strategies"]?[name]?.elements.flatMap { index < $0.count ? $0[index] : nil }
            collector.report(
                "strategy.early", severity: .warning,
                at: node?["bake"]?["early"]?.place ?? draft.place("strategies", name), name: name,
                "`\(name)` may leave a `bake` early at \(weight)%, where only one bundle serves, so it never will.",
                fix: "Remove `early`, or bake at a weight between.")
        }
    }

    /// Kayenta's judge compares series of both bundles, and has nothing to say of a few points.
    private func checkKayenta(_ name: String, _ strategy: Strategy) {
        let known = ["error_rate", "latency"] + draft.environment.metrics.map(\.name)
        var weight = 0
        for (index, step) in strategy.steps.enumerated() {
            if case .weight(let percent) = step { weight = percent }
            guard case .bake(let duration, let evidence) = step, let kayenta = evidence.kayenta else { continue }
            let node = draft.root["strategies"]?[name]?.elements.flatMap { index < $0.count ? $0[index] : nil }
            let place = node?["bake"]?["kayenta"]?.place ?? draft.place("strategies", name)
            func report(_ rule: String, _ message: String, fix: String, _ severity: Finding.Severity = .error) {
                collector.report(rule, severity: severity, at: place, name: name, message, fix: fix)
            }
            for unknown in (kayenta.critical + kayenta.required).filter({ !known.contains($0) }) {
                report(
                    "strategy.kayenta-series",
                    "`\(name)` has Kayenta's judge look at `\(unknown)`, which is no signal here.",
                    fix: Suggestion.nearest(to: unknown, among: known).map { "Write `\($0)`." }
                        ?? "Write `error-rate`, `latency`, or a name under `thresholds: { metrics: … }`.")
            }
            if weight % 100 == 0 {
                report(
                    "strategy.kayenta-alone",
                    "`\(name)` asks Kayenta's judge at \(weight)%, where only one bundle serves: it has nothing to compare.",
                    fix: "Remove `kayenta` there, or bake at a weight between.")
            } else if duration < .seconds(50 * 60) {
                report(
                    "strategy.kayenta-short",
                    "`\(name)` gives Kayenta's judge fewer than the 50 minutes that it needs.",
                    fix: "Write `for: 50m` or more.", .warning)
            }
        }
    }

    private func checkWeights(_ name: String, _ strategy: Strategy) {
        let weights = strategy.steps.compactMap { step in if case .weight(let weight) = step { weight } else { nil } }
        let place = draft.place("strategies", name)
        if weights.last != 100 {
            collector.report(
                "strategy.incomplete", at: place, name: name,
                weights.isEmpty
                    ? "`\(name)` never gives the new bundle any traffic."
                    : "`\(name)` ends with \(weights.last ?? 0)% of the traffic on the new bundle.",
                fix: "End with `- weight: 100%`, and a `bake` after it.")
        }
        if zip(weights, weights.dropFirst()).contains(where: { $0 >= $1 }) {
            collector.report(
                "strategy.order", at: place, name: name, "the weights of `\(name)` do not grow from step to step.",
                fix: "Order them from the smallest to 100%.")
        }
    }

    private func checkPreview(_ name: String, _ strategy: Strategy) {
        guard strategy.steps.contains(.preview), draft.environment.router.testers == nil,
            draft.environment.services.contains(where: { $0.strategy == name })
        else { return }
        collector.report(
            "strategy.preview", at: draft.place("strategies", name), name: name,
            "`\(name)` has a preview, and testers have no way to name the release that they want to see.",
            fix: "Add `router: { testers: { header: X-Release } }`, or remove `preview`.")
    }

    private func checkEvidence(_ name: String, _ strategy: Strategy) {
        guard draft.environment.kind == .production,
            draft.environment.services.contains(where: { $0.strategy == name })
        else { return }
        for (index, step) in strategy.steps.enumerated() {
            guard case .bake(_, let evidence) = step, evidence.otherwise == .smoke else { continue }
            let node = draft.root["strategies"]?[name]?.elements.flatMap { index < $0.count ? $0[index] : nil }
            collector.report(
                "strategy.evidence", at: node?["bake"]?["otherwise"]?.place ?? draft.place("strategies", name),
                name: name,
                "`\(name)` lets smoke tests stand in for traffic in production.",
                fix: "Write `otherwise: hold` or `otherwise: rollback`.")
        }
    }
}
