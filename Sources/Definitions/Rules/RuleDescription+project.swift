extension RuleDescription {
    /// The files of a project: environments, what they extend, and contracts.
    static let project: [RuleDescription] = [
        .init(
            "environment.none", "The project has an environment.", "Without one there is nothing to roll out to.",
            wrong: .absent("environments/"), right: .environment("variables: { LOG_LEVEL: info }"), mustHold: true),
        .init(
            "environment.name", "An environment is called what its file is.", "A copied file would roll out elsewhere.",
            wrong: .environment("environment: staging"), right: .environment("environment: dev"), mustHold: true),
        .init(
            "extends.unknown", "The file that is extended exists.", "What it should have brought would be missing.",
            wrong: .environment("extends: share.yaml"), right: .environment("extends: shared.yaml"), mustHold: true),
        .init(
            "extends.cycle", "Files do not extend each other in a circle.", "None of them would be the base.",
            wrong: .file("environments/shared.yaml", "extends: more.yaml\n")
                .and(.file("environments/more.yaml", "extends: shared.yaml\n")),
            right: .environment("extends: shared.yaml"), mustHold: true),
        .init(
            "contract.missing", "Every service has a contract.", "Without it nobody knows which variables it reads.",
            wrong: .environment("services:\n  mailer: { replicas: 1 }"),
            right: .environment("services:\n  worker: { replicas: 1 }"), mustHold: true),
        .init(
            "contract.invalid", "Contracts can be read and agree with themselves.",
            "Checks against it would mean nothing.",
            wrong: .contract("api", #"{ "start_budget_seconds": 0 }"#),
            right: .contract("api", #"{ "start_budget_seconds": 15 }"#), mustHold: true),
    ]
}
