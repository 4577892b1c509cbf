extension RuleDescription {
    /// What production needs, and what it must not have.
    static let production: [RuleDescription] = [
        .init(
            "production.origins", "Browsers of every site are not let in.",
            "With a wildcard among the origins, any page that a user visits can call the API as that user.",
            wrong: .environment("variables:\n  ORIGINS: [\"https://*\"]", .production),
            right: .environment("variables:\n  ORIGINS: [\"https://app.tidegate.dev\"]", .production)
        ).with(.contract("api", #"{ "variables": [{ "name": "ORIGINS", "format": "origins" }] }"#)),
        .init(
            "production.debug", "Debugging is off in production.",
            "Debug pages show code, settings and secrets to whoever provokes an error.",
            wrong: .environment("variables:\n  API_DEBUG: true", .production),
            right: .environment("variables:\n  API_DEBUG: false", .production)
        ).with(declares("API_DEBUG", "boolean")),
        .init(
            "production.log-level", "Production logs no more than it needs.",
            "At `debug` and `trace` logs fill disks, and hold what users sent.",
            wrong: .environment("variables:\n  LOG_LEVEL: debug", .production),
            right: .environment("variables:\n  LOG_LEVEL: info", .production), severity: .warning),
        .init(
            "production.test-routes", "Routes for tests are closed in production.",
            "They answer without asking who is there.",
            wrong: .environment("variables:\n  ENABLE_TEST_ROUTES: true", .production),
            right: .environment("variables:\n  ENABLE_TEST_ROUTES: false", .production)
        ).with(declares("ENABLE_TEST_ROUTES", "boolean")),
        .init(
            "production.stand-in", "No stand-in answers for a real service in production.",
            "A mock, or a fallback to one, hides that the real one fails, and stores made-up answers as real ones.",
            wrong: .environment("variables:\n  STORAGE_BACKEND: mock", .production),
            right: .environment("variables:\n  STORAGE_BACKEND: s3", .production)
        ).with(declares("STORAGE_BACKEND", "string")),
        .init(
            "ledger.missing", "Production books what it spends at providers.",
            "Nobody would know, and no budget would hold.",
            wrong: .environment("ledger: ~", .production),
            right: .environment("ledger: { database: DATABASE_URL }", .production)
        ).with(callsProvider),
        .init(
            "budgets.missing", "Production says how much it may spend at providers.",
            "A loop, or one customer, could spend without end.",
            wrong: .environment("budgets: ~", .production),
            right: .environment("budgets:\n  total: { limit: 25 USD, per: day }", .production)
        ).with(callsProvider),
        .init(
            "budgets.no-ledger", "Budgets have a ledger that counts.", "Nothing would count towards them.",
            wrong: .environment("ledger: ~"), right: .environment("ledger: { database: DATABASE_URL }"),
            severity: .warning),
        .init(
            "budgets.unknown", "A budget is for everything, or for a provider that a service calls.",
            "Nothing would count towards it.",
            wrong: .environment("budgets:\n  openia: { limit: 5 USD }"),
            right: .environment("budgets:\n  openai: { limit: 5 USD }"), severity: .warning
        ).with(callsProvider),
        .init(
            "thresholds.no-signal", "A threshold has a signal that feeds it.",
            "Requests are counted at the router; without a port there are none, and the threshold never fires.",
            wrong: .environment("services:\n  api: { port: ~ }"),
            right: .environment("services:\n  api: { port: 8000 }"), severity: .warning),
        .init(
            "alerts.no-receiver", "Somebody hears of what goes wrong in production.",
            "The alert fires, and nobody is told.",
            wrong: .environment("alerts: ~", .production),
            right: .environment(
                "alerts:\n  receivers:\n    operations: { webhook: { url: \"https://alerts.tidegate.dev/hook\" } }",
                .production)),
        .init(
            "promotes-from.missing", "Staging and production take releases that have run somewhere before.",
            "The first to try a release would be those who depend on it.",
            wrong: .environment("promotes-from: ~", .production),
            right: .environment("promotes-from: staging", .production)),
        .init(
            "promotes-from.cycle", "Releases do not go in a circle.",
            "None of the environments could take the first one.",
            wrong: .environment("promotes-from: production", .staging),
            right: .environment("promotes-from: dev", .staging), mustHold: true),
        .init(
            "smoke.none", "A strategy that asks for smoke tests has some.",
            "Without a suite nothing is asked, and the step passes without evidence.",
            wrong: .environment("smoke: []", .production),
            right: .environment("smoke: [smoke/health.yaml]", .production)),
    ]

    private static let callsProvider = RuleExample.contract(
        "worker",
        #"{ "providers": [{ "name": "openai", "address_variable": "PROVIDER_URL", "key_variable": "OPENAI_API_KEY" }], "#
            + #""variables": [{ "name": "PROVIDER_URL", "kind": "url", "summary": "where it is" }] }"#)

    private static func declares(_ name: String, _ kind: String) -> RuleExample {
        .contract("api", #"{ "variables": [{ "name": "\#(name)", "kind": "\#(kind)", "summary": "as it says" }] }"#)
    }

    /// Both examples, with a change of a contract that they need.
    private func with(_ part: RuleExample) -> RuleDescription {
        var copy = self
        copy.wrong = part.and(wrong)
        copy.right = part.and(right)
        return copy
    }
}
