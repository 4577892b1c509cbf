extension RuleDescription {
    /// Keys and types, as `environments/reference.yaml` has them.
    static let shape: [RuleDescription] = [
        .init(
            "key.unknown", "Every key is one that is known.",
            "A misspelt key is ignored by most tools, and its default holds without anybody knowing.",
            wrong: .environment("services:\n  api: { replcias: 3 }"),
            right: .environment("services:\n  api: { replicas: 3 }"), mustHold: true),
        .init(
            "key.missing", "Required keys are there.", "There is no default that would be right.",
            wrong: .environment("budgets:\n  openai: { per: day }"),
            right: .environment("budgets:\n  openai: { per: day, limit: 5 USD }"), mustHold: true),
        .init(
            "key.name", "Names are written as names are.",
            "They become parts of paths, labels and process environments.",
            wrong: .environment("budgets:\n  Open AI: { limit: 5 USD }"),
            right: .environment("budgets:\n  open-ai: { limit: 5 USD }"), mustHold: true),
        .init(
            "value.type", "Every value has its key's type.",
            "A duration without a unit, or a number as text, is a guess.",
            wrong: .environment("rollback-window: 10"), right: .environment("rollback-window: 10m"), mustHold: true),
        .init(
            "value.interpolation", "`${…}` names something that is known.",
            "What stands for nothing would reach the process as it is.",
            wrong: .environment("variables: { STORAGE: \"disk:${HOME}/files\" }"),
            right: .environment("variables: { STORAGE: \"disk:${project}/files\" }"), mustHold: true),
    ]
}
