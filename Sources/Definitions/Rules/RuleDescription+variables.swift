extension RuleDescription {
    /// Names and values of variables, against the contracts of the services.
    static let variables: [RuleDescription] = [
        .init(
            "variable.unread", "A service reads every variable.",
            "A name that nothing reads leaves the process with a default: a localhost address, a test key.",
            wrong: .environment("variables: { MAX_PAGSE: 50 }"), right: .environment("variables: { MAX_PAGES: 50 }")),
        .init(
            "variable.former-name", "Variables have their present names.", "The old name is no longer read.",
            wrong: .environment("variables: { SERVICE_MODE: mock, MODE: ~ }"),
            right: .environment("variables: { MODE: mock }")),
        .init(
            "variable.missing", "What a service needs is there.", "It would exit at start, in the middle of a rollout.",
            wrong: .environment("variables: { STORAGE: ~ }"),
            right: .environment("variables: { STORAGE: disk:/var/lib/files }"), mustHold: true),
        .init(
            "variable.value", "Values are of the declared kind, in range.", "The process would refuse or misread them.",
            wrong: .environment("variables: { MAX_PAGES: 50000 }"),
            right: .environment("variables: { MAX_PAGES: 500 }")),
        .init(
            "variable.placeholder", "Values are no placeholders.", "Somebody meant to replace it.",
            wrong: .environment("variables: { PUBLIC_URL: <the public address> }"),
            right: .environment("variables: { PUBLIC_URL: \"http://localhost:3000\" }")),
        .init(
            "variable.port", "Instances' ports are the platform's.", "All instances would want the same port.",
            wrong: .environment("variables: { PORT: 8000 }"),
            right: .environment("services:\n  api: { port: 8000 }"), mustHold: true),
        .init(
            "variable.reserved", "`TIDEGATE_` names are the platform's.", "They prove which bundle an instance runs.",
            wrong: .environment("variables: { TIDEGATE_BUNDLE: v1 }"),
            right: .environment("variables: { LOG_LEVEL: info }"), mustHold: true),
        .init(
            "variable.given-twice", "A name is a variable or a secret.", "Which of them holds would be chance.",
            wrong: .environment(
                "variables: { JWT_SECRET: local }\nsecrets: { JWT_SECRET: { from: generated, bytes: 32 } }"),
            right: .environment("secrets: { JWT_SECRET: { from: generated, bytes: 32 } }"), mustHold: true),
        .init(
            "variable.in-secrets", "What is no secret stands under `variables`.",
            "Under `secrets` its value cannot be seen or compared.",
            wrong: .environment("secrets: { LOG_LEVEL: { from: literal, value: info } }\nvariables: { LOG_LEVEL: ~ }"),
            right: .environment("variables: { LOG_LEVEL: info }"), severity: .warning),
        .init(
            "environment.forbidden-value", "Values that a contract forbids here are not used.",
            "What is good for development, such as stand-ins for providers, hides failures in production.",
            wrong: .environment("variables: { MODE: mock }", .production),
            right: .environment("variables: { MODE: real }", .production), mustHold: true),
    ]
}
