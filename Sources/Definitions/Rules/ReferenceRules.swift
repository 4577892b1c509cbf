import Contract

/// What an environment refers to exists: other environments, files, services and variables.
struct ReferenceRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        checkPlatform()
        checkPromotion()
        checkSmoke()
        checkMigrations()
        checkLedger()
        checkThresholds()
    }

    /// The names of platforms to come are known, so that nobody mistakes them for slips; they are not there yet.
    private func checkPlatform() {
        let platform = draft.environment.platform
        guard platform != .local else { return }
        collector.report(
            "platform.unavailable", at: draft.place("platform"), name: platform.rawValue,
            "the platform `\(platform.rawValue)` is not built yet.", fix: "Write `local`.")
    }

    private func checkPromotion() {
        guard let source = draft.environment.promotesFrom else { return }
        let others = draft.environmentNames.filter { $0 != draft.name }
        guard !others.contains(source) else { return }
        collector.report(
            "promotes-from.unknown", at: draft.place("promotes-from"), name: source,
            source == draft.name
                ? "`\(source)` takes releases from itself."
                : "releases come from `\(source)`, which is no environment.",
            fix: Suggestion.nearest(to: source, among: others).map { "Write `\($0)`." }
                ?? "Known are \(others.map { "`\($0)`" }.joined(separator: ", ")).")
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

    private func checkMigrations() {
        guard let service = draft.environment.migrations?.service else { return }
        let names = draft.environment.services.map(\.name)
        let place = draft.place("migrations", "service")
        guard names.contains(service) else {
            collector.report(
                "migrations.service", at: place, name: service,
                "migrations come from `\(service)`, which is no service here.",
                fix: Suggestion.nearest(to: service, among: names).map { "Write `\($0)`." }
                    ?? "Name one of the services.")
            return
        }
        guard let contract = draft.contracts[service], contract.migrations == nil else { return }
        collector.report(
            "migrations.service", at: place, name: service,
            "migrations come from `\(service)`, whose contract has none.",
            fix: "Name the service whose contract has `migrations`.")
    }

    private func checkLedger() {
        guard let name = draft.environment.ledger?.databaseVariable else { return }
        let known = draft.environment.variables.map(\.name) + draft.environment.secrets.map(\.name)
        guard !known.contains(name) else { return }
        collector.report(
            "ledger.database", at: draft.place("ledger", "database"), name: name,
            "the ledger's address is in `\(name)`, which is neither under `variables` nor under `secrets`.",
            fix: Suggestion.nearest(to: name, among: known).map { "Write `\($0)`." } ?? "Define it, or name another.")
    }

    /// Production does not run on defaults that nobody wrote down.
    private func checkThresholds() {
        guard draft.environment.kind == .production else { return }
        for key in ["health", "error-rate", "latency"] where draft.root["thresholds"]?[key] == nil {
            collector.report(
                "thresholds.missing", at: draft.place("thresholds"), name: key,
                "production does not state its `\(key)` threshold.", fix: "Add `thresholds.\(key)`.")
        }
    }
}
