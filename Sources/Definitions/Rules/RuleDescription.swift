/// What a rule asks and why, for `tidegate validate --explain RULE` and for reports.
package struct RuleDescription: Sendable, Equatable {
    package var id: String
    package var summary: String
    package var why: String

    private init(_ id: String, _ summary: String, _ why: String) {
        self.id = id
        self.summary = summary
        self.why = why
    }

    /// The rule of this id, or the nearest id that there is.
    package static func find(_ id: String) -> RuleDescription? { all.first { $0.id == id } }

    package static let all: [RuleDescription] = yaml + shape + references + services + variables + secrets

    private static let yaml: [RuleDescription] = [
        .init("yaml.syntax", "The file is YAML.", "A file that cannot be read defines nothing."),
        .init(
            "yaml.duplicate-key", "A key stands once in its mapping.",
            "Which of two values holds depends on the reader; whoever wrote the second may believe that it does."),
        .init("yaml.tabs", "Lines are indented with spaces.", "YAML has no tabs in indentation."),
        .init("yaml.not-utf8", "The file is UTF-8.", "Other encodings are read differently on different machines."),
        .init(
            "yaml.too-large", "The file stays within the limits.", "A definition that large is a mistake or an attack."),
        .init(
            "yaml.alias", "Aliases refer to anchors above them, within a budget.",
            "A few hundred bytes of nested aliases can stand for more memory than there is."),
        .init("yaml.tag", "Values have no explicit tags.", "Types come from the reference, not from the file."),
    ]

    private static let shape: [RuleDescription] = [
        .init(
            "key.unknown", "Every key is one that is known.",
            "A misspelt key is ignored by most tools, and its default holds without anybody knowing."),
        .init("key.missing", "Required keys are there.", "There is no default that would be right."),
        .init(
            "key.name", "Names are written as names are.",
            "They become parts of paths, labels and process environments."),
        .init(
            "value.type", "Every value has its key's type.",
            "A duration without a unit, or a number as text, is a guess."),
        .init(
            "value.interpolation", "`${…}` names something that is known.",
            "What stands for nothing would reach the process as it is."),
    ]

    private static let references: [RuleDescription] = [
        .init("environment.none", "The project has an environment.", "Without one there is nothing to roll out to."),
        .init(
            "environment.name", "An environment is called what its file is.", "A copied file would roll out elsewhere."),
        .init("extends.unknown", "The file that is extended exists.", "What it should have brought would be missing."),
        .init("extends.cycle", "Files do not extend each other in a circle.", "None of them would be the base."),
        .init("contract.missing", "Every service has a contract.", "Without it nobody knows which variables it reads."),
        .init(
            "contract.invalid", "Contracts can be read and agree with themselves.",
            "Checks against it would mean nothing."),
        .init(
            "platform.unavailable", "Instances run on a platform that this version has.",
            "A rollout would not know how to start anything."),
        .init("promotes-from.unknown", "Releases come from an environment that exists.", "No release could ever come."),
        .init("smoke.missing-file", "Smoke suites exist.", "A suite that is not there proves nothing."),
        .init(
            "migrations.service", "Migrations come from a service that has some.", "The database would stay as it is."),
        .init(
            "ledger.database", "The ledger's database is a variable or secret that is defined.",
            "Cost would be unknown."),
        .init(
            "thresholds.missing", "Production states its thresholds.",
            "What takes production back by itself is decided by people, not by a default."),
    ]

    private static let services: [RuleDescription] = [
        .init("service.none", "An environment runs at least one service.", "A rollout of nothing succeeds at once."),
        .init("service.unknown-after", "A service waits for services that exist.", "It would wait for ever."),
        .init("service.cycle", "Services do not wait for each other.", "None of them would start."),
        .init("service.port", "Two services have different ports.", "The second could not listen."),
        .init("strategy.unknown", "A service's strategy is defined.", "Nobody would know the steps."),
        .init(
            "strategy.incomplete", "A strategy ends with all traffic on the new bundle.",
            "The rollout would end half way."),
        .init("strategy.order", "Weights grow from step to step.", "Traffic would go back without a verdict."),
        .init(
            "strategy.evidence", "In production, traffic is the evidence.",
            "Smoke tests cannot see what users see: no observation, no promotion."),
    ]

    private static let variables: [RuleDescription] = [
        .init(
            "variable.unread", "A service reads every variable.",
            "A name that nothing reads leaves the process with a default: a localhost address, a test key."),
        .init("variable.former-name", "Variables have their present names.", "The old name is no longer read."),
        .init(
            "variable.missing", "What a service needs is there.", "It would exit at start, in the middle of a rollout."),
        .init(
            "variable.value", "Values are of the declared kind, in range.", "The process would refuse or misread them."),
        .init("variable.placeholder", "Values are no placeholders.", "Somebody meant to replace it."),
        .init("variable.port", "Instances' ports are the platform's.", "All instances would want the same port."),
        .init(
            "variable.reserved", "`TIDEGATE_` names are the platform's.", "They prove which bundle an instance runs."),
        .init("variable.given-twice", "A name is a variable or a secret.", "Which of them holds would be chance."),
        .init(
            "variable.loopback", "Outside development, addresses are of other machines.",
            "On another host, `localhost` is nobody."),
        .init(
            "variable.in-secrets", "What is no secret stands under `variables`.",
            "Under `secrets` its value cannot be seen or compared."),
        .init(
            "environment.forbidden-value", "Values that a contract forbids here are not used.",
            "What is good for development, such as stand-ins for providers, hides failures in production."),
    ]

    private static let secrets: [RuleDescription] = [
        .init(
            "secret.in-variables", "Secrets stand under `secrets`.",
            "Under `variables` the value is in version control."),
        .init("secret.placeholder", "Secrets are no placeholders.", "A key such as `changeme` is known to everybody."),
        .init(
            "secret.source", "Secrets come from where the kind of environment allows.",
            "Literals and keys made on one machine are for development."),
    ]
}
