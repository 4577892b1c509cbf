import Contract
import Storage

/// The migrations that a database has on record, held against those that a release knows.
struct SchemaHistory: Sendable {
    /// `owner/id` with the checksum it was applied with.
    var applied: [String: String]

    /// - Returns: nil when the database keeps no such record.
    static func read(_ connection: any Connection) throws -> SchemaHistory? {
        let table = Migrator.table
        let exists =
            switch connection.dialect {
            case .sqlite:
                try connection.query("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", [table])
            case .postgresql: try connection.query("SELECT 1 WHERE to_regclass(?) IS NOT NULL", [table])
            }
        guard !exists.isEmpty else { return nil }
        var applied: [String: String] = [:]
        for row in try connection.query("SELECT owner, id, checksum FROM \(table)") {
            let key = "\(try row.get("owner", as: String.self))/\(try row.get("id", as: String.self))"
            applied[key] = try row.get("checksum")
        }
        return SchemaHistory(applied: applied)
    }

    /// - Parameter history: nil when nothing was ever applied.
    static func reports(
        _ history: SchemaHistory?, _ dialect: Dialect, _ requirement: DatabaseRequirement
    ) -> [CheckReport] {
        let known = requirement.migrations?.history ?? requirement.history
        guard !known.isEmpty else { return [] }
        let applied = history?.applied ?? [:]
        let owners = Set(known.map(\.owner))
        let names = Set(known.map { "\($0.owner)/\($0.id)" })
        let newer = applied.keys.filter { key in
            owners.contains { key.hasPrefix("\($0)/") } && !names.contains(key)
        }.sorted()
        if let first = newer.first {
            return [
                CheckReport(
                    .failed,
                    "The database was migrated by a later release: \(requirement.release) does not know "
                        + "\(Words.count(newer.count, "migration")) of it, such as \(first).",
                    fix: "Use that release or a later one, or restore the database from before it.")
            ]
        }
        let edited = known.first { entry in
            guard let checksum = applied["\(entry.owner)/\(entry.id)"], let own = entry.checksums[dialect.rawValue]
            else { return false }
            return checksum != own
        }
        if let edited {
            return [
                CheckReport(
                    .failed,
                    "The migration \(edited.owner)/\(edited.id) was changed after it had been applied to this database.",
                    fix: "Restore the migration as it was, and put the change into a new one.")
            ]
        }
        return [missing(known.filter { applied["\($0.owner)/\($0.id)"] == nil }, of: known, requirement)]
    }

    private static func missing(
        _ missing: [MigrationEntry], of known: [MigrationEntry], _ requirement: DatabaseRequirement
    ) -> CheckReport {
        let count = Words.count(missing.count, "migration")
        if missing.isEmpty { return .passed("All \(Words.count(known.count, "migration")) are applied.") }
        if requirement.migrates { return .passed("\(count) will be applied by the rollout.") }
        return CheckReport(
            .failed,
            "\(count) of \(requirement.release) were never applied, such as \(missing[0].owner)/\(missing[0].id), and this "
                + "environment does not migrate.",
            fix: "Name the service that migrates under migrations: in the environment's file, or migrate by hand first."
        )
    }
}
