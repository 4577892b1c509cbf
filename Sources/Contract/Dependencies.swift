/// An outside service that an artifact calls, and how to find out whether its key is good.
package struct ProviderContract: Codable, Sendable, Equatable, ContractPart {
    /// `llamaparse`, `openai`.
    package var name: String
    /// The variable that holds its address.
    package var addressVariable: String
    /// The variable that holds the key; nil when it asks for none.
    package var keyVariable: String?
    /// A path, below the address, that answers a good key with 2xx and a bad one with 401 or 403, costs nothing and
    /// changes nothing. Nil when there is none; then only the host is looked at.
    package var probePath: String?

    package init(name: String, addressVariable: String, keyVariable: String? = nil, probePath: String? = nil) {
        self.name = name
        self.addressVariable = addressVariable
        self.keyVariable = keyVariable
        self.probePath = probePath
    }

    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            name: try fields.needed(.name), addressVariable: try fields.needed(.addressVariable),
            keyVariable: try fields.optional(.keyVariable), probePath: try fields.optional(.probePath))
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case name
        case addressVariable = "address_variable"
        case keyVariable = "key_variable"
        case probePath = "probe_path"
    }
}

/// A database that an artifact works on, and what it asks of it.
package struct DatabaseContract: Codable, Sendable, Equatable, ContractPart {
    /// The variable that holds its address.
    package var variable: String
    /// The oldest PostgreSQL that it works with, such as 14; nil when it does not care.
    package var minimumPostgresVersion: Int?
    /// The PostgreSQL extensions that it must have, or must be able to create.
    package var extensions: [String]
    /// The tables that must be there when no migration of this environment brings them.
    package var tables: [String]

    package init(
        variable: String, minimumPostgresVersion: Int? = nil, extensions: [String] = [], tables: [String] = []
    ) {
        self.variable = variable
        self.minimumPostgresVersion = minimumPostgresVersion
        self.extensions = extensions
        self.tables = tables
    }

    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            variable: try fields.needed(.variable),
            minimumPostgresVersion: try fields.optional(.minimumPostgresVersion),
            extensions: try fields.optional(.extensions) ?? [],
            tables: try fields.optional(.tables) ?? [])
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case variable, extensions, tables
        case minimumPostgresVersion = "minimum_postgres_version"
    }
}

/// The queues, topics or exchanges of an artifact, by their names on the broker.
package struct QueueContract: Codable, Sendable, Equatable, ContractPart {
    /// The variable that holds the broker's address.
    package var variable: String
    package var produces: [String]
    package var consumes: [String]

    package init(variable: String, produces: [String] = [], consumes: [String] = []) {
        self.variable = variable
        self.produces = produces
        self.consumes = consumes
    }

    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            variable: try fields.needed(.variable),
            produces: try fields.optional(.produces) ?? [],
            consumes: try fields.optional(.consumes) ?? [])
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case variable, produces, consumes }
}
