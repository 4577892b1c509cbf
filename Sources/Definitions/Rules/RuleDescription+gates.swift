extension RuleDescription {
    /// What a rollout is refused for, or waits for.
    static let gates: [RuleDescription] = [
        .init(
            "objectives.unknown", "Objectives are promised by services that exist.", "Nothing would be measured.",
            wrong: .environment("objectives:\n  apu: { availability: 99.9% }"),
            right: .environment("objectives:\n  api: { availability: 99.9% }")),
        .init(
            "objectives.empty", "An objective promises something.", "There would be no budget to keep.",
            wrong: .environment("objectives:\n  api: { window: 7d }"),
            right: .environment("objectives:\n  api: { latency: { quantile: 0.95, below: 500ms }, window: 7d }")),
        .init(
            "freezes.window", "A freeze goes from one time to another, both of the day or both of the week.",
            "Nobody could say when it ends.",
            wrong: .environment("freezes:\n  - { from: fri 16:00, until: \"08:00\", reason: the weekend }"),
            right: .environment(
                "freezes:\n  - { from: fri 16:00, until: mon 08:00, zone: Europe/Berlin, reason: the weekend }"),
            mustHold: true),
        .init(
            "soak.no-source", "A release soaks somewhere.", "There is no success to count from.",
            wrong: .environment("promotes-from: ~\nsoak: 1h", .staging),
            right: .environment("promotes-from: dev\nsoak: 1h", .staging)),
        .init(
            "gates.no-budget", "A gate of spend has a limit to look at.", "It would never close.",
            wrong: .environment("ledger: ~\nbudgets: ~\ngates: { spend: refuse }"),
            right: .environment("gates: { spend: ignore }")),
    ]
}
