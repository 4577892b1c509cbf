import Contract

/// Thresholds, budgets and receivers: in production they are there, and everywhere something feeds them.
struct SignalRules {
    let draft: EnvironmentDraft
    let given: GivenValues
    let collector: FindingCollector

    func check() {
        checkThresholds()
        checkTraffic()
        checkLedger()
        checkBudgets()
        checkReceivers()
    }

    private var isProduction: Bool { draft.environment.kind == .production }

    /// Production does not run on defaults that nobody wrote down.
    private func checkThresholds() {
        guard isProduction else { return }
        for key in ["health", "error-rate", "latency"] where draft.root["thresholds"]?[key] == nil {
            collector.report(
                "thresholds.missing", at: draft.place("thresholds"), name: key,
                "production does not state its `\(key)` threshold.", fix: "Add `thresholds.\(key)`.")
        }
    }

    /// Requests are counted at the router: without a port there are none. Production must state all thresholds anyway.
    private func checkTraffic() {
        guard !isProduction, !draft.environment.services.isEmpty,
            draft.environment.services.allSatisfy({ $0.port == nil })
        else { return }
        for key in ["error-rate", "latency", "minimum-requests"] where draft.root["thresholds"]?[key] != nil {
            collector.report(
                "thresholds.no-signal", severity: .warning, at: draft.place("thresholds", key), name: key,
                "nothing feeds the `\(key)` threshold: no service of \(draft.name) has a port.",
                fix: "Give the service that takes requests a `port`, or remove the threshold.")
        }
    }

    private func checkLedger() {
        let environment = draft.environment
        guard let name = environment.ledger?.databaseVariable else {
            guard isProduction, let provider else { return }
            collector.report(
                "ledger.missing", at: draft.root.place, name: "ledger",
                "production calls `\(provider)`, and no ledger says what that costs.",
                fix: "Write `ledger: { database: NAME }` with the variable that holds the database's address.")
            return
        }
        let written =
            [environment.variables.map(\.name), environment.secrets.map(\.name)]
            + environment.services.flatMap {
                [$0.variables.map(\.name), $0.secrets.map(\.name)]
            }
        let known = written.flatMap { $0 }
        guard !known.contains(name) else { return }
        collector.report(
            "ledger.database", at: draft.place("ledger", "database"), name: name,
            "the ledger's address is in `\(name)`, which is neither under `variables` nor under `secrets`.",
            fix: Suggestion.nearest(to: name, among: known).map { "Write `\($0)`." } ?? "Define it, or name another.")
    }

    /// The first provider that some service calls.
    private var provider: String? { providers.first }

    private var providers: [String] {
        draft.environment.services.flatMap { draft.contracts[$0.name]?.providers.map(\.name) ?? [] }
    }

    private func checkBudgets() {
        let budgets = draft.environment.budgets
        checkScopes(of: draft.environment.requestLimits, in: "request-limits")
        if budgets.isEmpty {
            guard isProduction, let provider, draft.root["budgets"]?.entries?.isEmpty ?? true else { return }
            collector.report(
                "budgets.missing", at: draft.place("budgets"), name: "total",
                "production calls `\(provider)`, and nothing says how much it may spend.",
                fix: "Write `budgets: { total: { limit: 25 USD, per: day } }` with the amount that you can bear.")
            return
        }
        if draft.environment.ledger == nil, draft.root["ledger"] == nil, !isProduction || provider == nil {
            collector.report(
                "budgets.no-ledger", severity: .warning, at: draft.place("budgets"), name: "ledger",
                "nothing feeds the budgets: \(draft.name) has no ledger.",
                fix: "Write `ledger: { database: NAME }` with the variable that holds the database's address.")
        }
        checkScopes(of: budgets, in: "budgets")
    }

    private func checkScopes(of budgets: [BudgetDefinition], in section: String) {
        guard draft.knowsAllContracts else { return }
        for budget in budgets where !budget.counts(providers: Set(providers)) {
            let known = Set(providers).sorted() + ["total"] + BudgetDefinition.kinds.map { "\($0):*" }
            collector.report(
                "budgets.unknown", severity: .warning, at: draft.place(section, budget.name), name: budget.scope,
                "the budget `\(budget.scope)` is of no provider that a service calls, so nothing counts towards it.",
                fix: Suggestion.nearest(to: budget.scope, among: known).map { "Write `\($0)`." }
                    ?? "Known are \(known.map { "`\($0)`" }.joined(separator: ", ")).")
        }
    }

    private func checkReceivers() {
        guard isProduction, draft.environment.alerts.receivers.isEmpty,
            draft.root["alerts"]?["receivers"]?.entries?.isEmpty ?? true
        else { return }
        collector.report(
            "alerts.no-receiver", at: draft.place("alerts"), name: "receivers",
            "nobody hears of what goes wrong in production.",
            fix: "Write `alerts: { receivers: { NAME: { webhook: { url: … } } } }`.")
    }
}
