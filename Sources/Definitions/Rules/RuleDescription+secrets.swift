extension RuleDescription {
    static let secrets: [RuleDescription] = [
        .init(
            "secret.in-variables", "Secrets stand under `secrets`.",
            "Under `variables` the value is in version control.",
            wrong: .environment("secrets: { JWT_SECRET: ~ }\nvariables: { JWT_SECRET: 8f1c0a6d }"),
            right: .environment("secrets: { JWT_SECRET: { from: generated, bytes: 32 } }"), mustHold: true),
        .init(
            "secret.placeholder", "Secrets are no placeholders.", "A key such as `changeme` is known to everybody.",
            wrong: .environment("secrets: { OPENAI_API_KEY: { from: literal, value: changeme } }"),
            right: .environment("secrets: { OPENAI_API_KEY: { from: environment, name: OPENAI_API_KEY } }")),
        .init(
            "secret.source", "Secrets come from where the kind of environment allows.",
            "Literals and keys made on one machine are for development.",
            wrong: .environment("secrets: { JWT_SECRET: { from: generated, bytes: 32 } }", .production),
            right: .environment(
                "secrets: { JWT_SECRET: { from: environment, name: PRODUCTION_JWT_SECRET } }", .production),
            mustHold: true),
        .init(
            "secret.shared", "No two environments have the same secret value.",
            "What leaks in one of them opens the other. Values are compared by keyed fingerprints of what runs.",
            wrong: .words("Production's JWT_SECRET has the value that staging runs."),
            right: .words("Each environment has a value of its own: tidegate secrets rotate production JWT_SECRET"),
            stage: .preflight),
    ]
}
