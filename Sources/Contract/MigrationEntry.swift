/// One migration as an artifact knows it, and as the table `schema_migrations (owner, id, checksum)` of the database
/// records it once it was applied.
package struct MigrationEntry: Codable, Sendable, Equatable, ContractPart {
    /// Whose history it belongs to: several owners share a database.
    package var owner: String
    package var id: String
    /// SHA-256 of its statements in hexadecimal, by kind of database: `postgresql`, `sqlite`.
    package var checksums: [String: String]
    /// What it means for releases that do not know it; nil when the artifact does not say.
    package var effect: SchemaEffect?

    enum CodingKeys: String, CodingKey, CaseIterable { case owner, id, checksums, effect }

    package init(owner: String, id: String, checksums: [String: String], effect: SchemaEffect? = nil) {
        self.owner = owner
        self.id = id
        self.checksums = checksums
        self.effect = effect
    }

    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            owner: try fields.needed(.owner), id: try fields.needed(.id), checksums: try fields.needed(.checksums),
            effect: try fields.optional(.effect))
    }
}

extension MigrationContract: ContractPart {
    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            arguments: try fields.needed(.arguments),
            tables: try fields.needed(.tables),
            history: try fields.optional(.history) ?? [])
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case arguments, tables, history }
}
