extension RuleDescription {
    static let migrations: [RuleDescription] = [
        .init(
            "contract.service", "A contract is of the service whose file it is.",
            "The variables of one service would be checked against the needs of another.",
            wrong: .contract("api", #"{ "service": "worker" }"#), right: .contract("api", #"{ "service": "api" }"#),
            mustHold: true),
        .init(
            "migrations.not-run", "Migrations that an artifact brings are run.",
            "It would start on a database that it does not know.",
            wrong: .environment("migrations: ~"), right: .environment("migrations: { service: worker }")),
        .init(
            "migrations.two", "One service brings the migrations of a database.",
            "Two histories of one database cannot be put in order.",
            wrong: migrations(["sessions"]), right: .contract("api", #"{ "migrations": null }"#)),
        .init(
            "migrations.two-owners", "A table has one owner.",
            "Each would change it as it needs, and break the other.",
            wrong: migrations(["documents"]), right: .contract("api", #"{ "migrations": null }"#)),
    ]

    private static func migrations(_ tables: [String]) -> RuleExample {
        let names = tables.map { #""\#($0)""# }.joined(separator: ", ")
        return .contract("api", #"{ "migrations": { "arguments": ["migrate"], "tables": [\#(names)] } }"#)
    }
}
