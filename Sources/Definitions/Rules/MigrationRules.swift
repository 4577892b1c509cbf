import Contract

/// Migrations: one service brings those of a database, they are run, and each table has one owner.
struct MigrationRules {
    let draft: EnvironmentDraft
    let given: GivenValues
    let collector: FindingCollector

    func check() {
        checkService()
        checkRun()
        checkTables()
    }

    private var services: [ServiceDefinition] { draft.environment.services }
    private var place: Place { draft.place("migrations", "service") }

    private func checkService() {
        guard let service = draft.environment.migrations?.service else { return }
        let names = services.map(\.name)
        guard names.contains(service) else {
            collector.report(
                "migrations.service", at: place, name: service,
                "migrations come from `\(service)`, which is no service here.",
                fix: Suggestion.nearest(to: service, among: names).map { "Write `\($0)`." }
                    ?? "Name one of the services.")
            return
        }
        guard let contract = draft.contracts[service], contract.migrations == nil else { return }
        collector.report(
            "migrations.service", at: place, name: service,
            "migrations come from `\(service)`, whose contract has none.",
            fix: "Name the service whose contract has `migrations`.")
    }

    /// Those who bring migrations are asked for them, and no two bring them for one database.
    private func checkRun() {
        let bringing = services.filter { draft.contracts[$0.name]?.migrations != nil }
        guard let chosen = bringing.first(where: { $0.name == draft.environment.migrations?.service }) else {
            guard draft.root["migrations"] == nil, let service = bringing.first else { return }
            collector.report(
                "migrations.not-run", at: service.place, name: service.name,
                "`\(service.name)` brings migrations, and \(draft.name) runs none.",
                fix: "Write `migrations: { service: \(service.name) }`.")
            return
        }
        for other in bringing where other.name != chosen.name {
            let isShared = sharesDatabase(other.name, chosen.name)
            collector.report(
                isShared ? "migrations.two" : "migrations.not-run", at: other.place, name: other.name,
                isShared
                    ? "`\(chosen.name)` and `\(other.name)` both bring migrations for one database."
                    : "`\(other.name)` brings migrations, and \(draft.name) runs only those of `\(chosen.name)`.",
                fix: isShared
                    ? "Move them into one artifact, and remove `migrations` from the contract of the other."
                    : "Bring its migrations with `\(chosen.name)`, or run it in an environment of its own.")
        }
    }

    /// Whether one of the databases of each is the same for certain, or it is not known which they have.
    private func sharesDatabase(_ first: String, _ second: String) -> Bool {
        func databases(_ service: String) -> [GivenValue] {
            (draft.contracts[service]?.databases ?? []).compactMap { given.value(of: $0.variable, service: service) }
        }
        let (mine, theirs) = (databases(first), databases(second))
        return mine.isEmpty || theirs.isEmpty || mine.contains { one in theirs.contains { $0.agrees(with: one) } }
    }

    private func checkTables() {
        var owners: [String: String] = [:]
        for service in services {
            var shared: [String: [String]] = [:]
            for table in draft.contracts[service.name]?.migrations?.tables ?? [] {
                guard let owner = owners[table], sharesDatabase(owner, service.name) else {
                    owners[table] = owners[table] ?? service.name
                    continue
                }
                if owner != service.name { shared[owner, default: []].append(table) }
            }
            for (owner, tables) in shared.sorted(by: { $0.key < $1.key }) {
                let names = tables.prefix(5).map { "`\($0)`" }.joined(separator: ", ")
                collector.report(
                    "migrations.two-owners", at: service.place, name: service.name,
                    "`\(service.name)` and `\(owner)` both own \(tables.count == 1 ? "the table" : "the tables") "
                        + "\(names)\(tables.count > 5 ? ", …" : "").",
                    fix:
                        "Let one of them own \(tables.count == 1 ? "it" : "each"), and remove it from the contract of the other."
                )
            }
        }
    }
}
