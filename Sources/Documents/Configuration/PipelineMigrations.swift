import Contract
import Ledger
import Storage

/// The histories of every table that the pipeline owns, in the order in which they are applied.
package enum PipelineMigrations {
    package static var all: [Migrator] { [DocumentsSchema.migrator, Ledger.migrator] }

    /// All of them as the contract lists them.
    static var history: [MigrationEntry] {
        all.flatMap { migrator in
            migrator.migrations.map { migration in
                let dialects = [Dialect.postgresql, .sqlite]
                let effects = dialects.map { SchemaEffect.of(migration.statements($0)) }
                return MigrationEntry(
                    owner: migrator.owner, id: migration.id,
                    checksums: dialects.reduce(into: [:]) { $0[$1.rawValue] = migration.checksum($1) },
                    effect: effects.contains(.contract) ? .contract : .expand)
            }
        }
    }

    /// The migrations that this build needs and the database lacks. Newer ones, of a later release, do not matter: an
    /// older release goes on working beside them.
    package static func missing(in database: any Database) async throws -> [String] {
        let applied: Set<String>
        do {
            applied = try await database.read(.eachStatement) { connection in
                let rows = try connection.query("SELECT owner, id FROM \(Migrator.table)", [])
                return Set(
                    try rows.map { row in
                        "\(try row.get("owner", as: String.self))/\(try row.get("id", as: String.self))"
                    })
            }
        } catch DatabaseError.invalidStatement {
            // The table of migrations is not there: nothing was ever applied.
            applied = []
        }
        return all.flatMap { migrator in migrator.migrations.map { "\(migrator.owner)/\($0.id)" } }
            .filter { !applied.contains($0) }
    }
}
