extension RuleDescription {
    /// What an environment refers to.
    static let references: [RuleDescription] = [
        .init(
            "platform.unavailable", "Instances run on a platform that this version has.",
            "A rollout would not know how to start anything.",
            wrong: .environment("platform: docker"), right: .environment("platform: local"), mustHold: true),
        .init(
            "promotes-from.unknown", "Releases come from an environment that exists.", "No release could ever come.",
            wrong: .environment("promotes-from: stagign", .production),
            right: .environment("promotes-from: staging", .production), mustHold: true),
        .init(
            "smoke.missing-file", "Smoke suites exist.", "A suite that is not there proves nothing.",
            wrong: .environment("smoke: [smoke/helth.yaml]"), right: .environment("smoke: [smoke/health.yaml]"),
            mustHold: true),
        .init(
            "migrations.service", "Migrations come from a service that has some.", "The database would stay as it is.",
            wrong: .environment("migrations: { service: api }"),
            right: .environment("migrations: { service: worker }"), mustHold: true),
        .init(
            "ledger.database", "The ledger's database is a variable or secret that is defined.",
            "Cost would be unknown.",
            wrong: .environment("ledger: { database: DATABASE_UR }"),
            right: .environment("ledger: { database: DATABASE_URL }")),
        .init(
            "thresholds.missing", "Production states its thresholds.",
            "What takes production back by itself is decided by people, not by a default.",
            wrong: .environment("thresholds: { latency: ~ }", .production),
            right: .environment("thresholds:\n  latency: { above: 2x baseline, for: 5m }", .production)),
    ]
}
