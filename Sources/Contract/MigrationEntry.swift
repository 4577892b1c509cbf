/// One migration as an artifact knows it, and as the table `schema_migrations (owner, id, checksum)` of the database
/// records it once it was applied.
package struct MigrationEntry: Codable, Sendable, Equatable {
    /// Whose history it belongs to: several owners share a database.
    package var owner: String
    package var id: String
    /// SHA-256 of its statements in hexadecimal, by kind of database: `postgresql`, `sqlite`.
    package var checksums: [String: String]

    enum CodingKeys: String, CodingKey, CaseIterable { case owner, id, checksums }

    package init(owner: String, id: String, checksums: [String: String]) {
        self.owner = owner
        self.id = id
        self.checksums = checksums
    }
}

extension MigrationContract {
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            arguments: try values.decode([String].self, forKey: .arguments),
            tables: try values.decode([String].self, forKey: .tables),
            history: try values.decodeIfPresent([MigrationEntry].self, forKey: .history) ?? [])
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case arguments, tables, history }
}
