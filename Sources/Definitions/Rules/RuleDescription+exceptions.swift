extension RuleDescription {
    /// The file's own exceptions from rules.
    static let exceptions: [RuleDescription] = [
        .init(
            "rules.unknown", "An exception is from a rule that there is.", "It would lower nothing.",
            wrong: exception("service.singel", "two machines stand by for it"),
            right: exception("service.single", "two machines stand by for it"), mustHold: true),
        .init(
            "rules.must-hold", "Rules that a rollout rests on are not lowered.",
            "What they find has no meaning that could be rolled out.",
            wrong: exception("variable.missing", "it has always been left out here"),
            right: exception("service.single", "two machines stand by for it"), mustHold: true),
        .init(
            "rules.reason", "An exception says why it is right.",
            "Whoever reads it next could not know whether it still is.",
            wrong: exception("service.single", "todo"),
            right: exception("service.single", "two machines stand by for it"), mustHold: true),
        .init(
            "rules.expired", "An exception holds no longer than it says.",
            "What was to be mended by then has not been.",
            wrong: exception("service.single", "two machines stand by for it", until: "2026-01-31"),
            right: exception("service.single", "two machines stand by for it", until: "2036-01-31"), mustHold: true),
        .init(
            "rules.unused", "An exception meets something.",
            "What it was for is mended; left behind, it would hide the next mistake of its kind.",
            wrong: exception("service.single", "two machines stand by for it", replicas: 2),
            right: exception("service.single", "two machines stand by for it"), severity: .warning, mustHold: true),
    ]

    private static func exception(
        _ rule: String, _ reason: String, until: String? = nil, replicas: Int = 1
    ) -> RuleExample {
        .environment(
            "services:\n  api: { replicas: \(replicas) }\nrules:\n  - rule: \(rule)\n    severity: ignore\n    for: api\n"
                + "    reason: \(reason)" + (until.map { "\n    until: \($0)" } ?? ""), .production)
    }
}
