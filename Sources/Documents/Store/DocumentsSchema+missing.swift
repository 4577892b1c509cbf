import Storage

extension DocumentsSchema {
    /// The migrations that this build needs and the database lacks. Newer ones, of a later release, do not matter: an
    /// older release goes on working beside them.
    package static func missing(in database: any Database) async throws -> [String] {
        let needed = migrator.migrations.map(\.id)
        let applied: [String]
        do {
            applied = try await database.read { connection in
                try connection.query("SELECT id FROM \(Migrator.table) WHERE owner = ?", [owner])
                    .map { row in try row.get("id") }
            }
        } catch DatabaseError.invalidStatement {
            // The table of migrations is not there: nothing was ever applied.
            return needed
        }
        return needed.filter { !applied.contains($0) }
    }
}
