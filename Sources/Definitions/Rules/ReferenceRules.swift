import Contract

/// What an environment refers to exists: other environments, files, services and variables.
struct ReferenceRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        checkPlatform()
        checkSmoke()
        checkProof()
        checkContracts()
    }

    /// The names of platforms to come are known, so that nobody mistakes them for slips; they are not there yet.
    private func checkPlatform() {
        let platform = draft.environment.platform
        guard platform != .local else { return }
        collector.report(
            "platform.unavailable", at: draft.place("platform"), name: platform.rawValue,
            "the platform `\(platform.rawValue)` is not built yet.", fix: "Write `local`.")
    }

    private func checkSmoke() {
        let suites = draft.files.filter { $0.hasPrefix("smoke/") }.sorted()
        for suite in draft.environment.smoke where !draft.files.contains(suite.value) {
            collector.report(
                "smoke.missing-file", at: suite.place, name: suite.value,
                "the smoke suite `\(suite.value)` is not among the files under `smoke/`.",
                fix: Suggestion.nearest(to: suite.value, among: suites).map { "Write `\($0)`." }
                    ?? "Write the suite, or remove the line.")
        }
    }

    /// Whether suites prove a release: without any, a step that asks for them proves nothing.
    private func checkProof() {
        let environment = draft.environment
        guard environment.smoke.isEmpty, draft.root["smoke"]?.elements?.isEmpty ?? true else { return }
        let strategies = Set(environment.services.map(\.strategy))
        for name in strategies.sorted() {
            let steps = environment.strategies[name]?.steps ?? []
            let isProduction = environment.kind == .production
            guard let index = steps.firstIndex(where: { $0.asksForSmokeTests(inProduction: isProduction) }) else {
                continue
            }
            collector.report(
                "smoke.none", severity: isProduction ? .error : .warning,
                at: draft.root["strategies"]?[name]?.elements.flatMap { index < $0.count ? $0[index].place : nil }
                    ?? draft.place("strategies", name), name: name,
                "`\(name)` asks for smoke tests, and \(draft.name) has no suite.",
                fix: "Write `smoke: [smoke/health.yaml]` with the suites that prove a release.")
            return
        }
    }

    /// A contract is of the service whose file it is.
    private func checkContracts() {
        for service in draft.environment.services {
            guard let contract = draft.contracts[service.name], contract.service != service.name else { continue }
            collector.report(
                "contract.service", at: service.place, name: service.name,
                "the contract of `\(service.name)` says that it is of `\(contract.service)`.",
                fix: "Write the contract anew from the artifact of `\(service.name)`.")
        }
    }
}

extension StrategyStep {
    /// In production smoke tests never stand in for traffic.
    fileprivate func asksForSmokeTests(inProduction: Bool) -> Bool {
        switch self {
        case .smoke: true
        case .bake(_, let evidence): evidence.otherwise == .smoke && !inProduction
        case .preview, .weight, .approve, .run, .grow, .shrink, .regrow, .thin: false
        }
    }
}
