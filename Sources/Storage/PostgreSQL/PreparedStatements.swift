import Crypto

/// Which statements a connection has prepared: from the second time on the server neither reads nor plans them again. Those
/// that are seen once, such as a migration's, cost no more than before.
struct PreparedStatements {
    /// Parameters of other types make another statement.
    struct Key: Hashable {
        let sql: String
        let types: [UInt32]
    }

    /// What is to be done for one run of a statement.
    enum Step {
        case runOnce(translated: String)
        /// Prepare it under this name, which the second one gives up when it is there; then run it.
        case prepare(Prepared, insteadOf: Prepared?)
        case run(Prepared)
    }

    struct Prepared: Equatable {
        /// Made of the statement itself, so that a name means the same on every connection, whoever shares it.
        let name: String
        let translated: String
        fileprivate var lastUse: Int
        /// How often it has run since it was planned, and may run until it is planned again.
        fileprivate var runs = 0
        fileprivate var runsOfPlan = PreparedStatements.firstRuns
    }

    /// A plan that was made while a table was small reads all of it for ever. Tables grow by being used, so a plan is made anew
    /// when its statement has run twice as often as before: often at first, and hardly ever later.
    private static let firstRuns = 16
    private static let limit = 300
    private static let mostSeen = 2_000
    /// Longer lists of values come in many lengths, and their plans are large.
    private static let mostParameters = 500

    private var prepared: [Key: Prepared] = [:]
    private var seen: Set<Key> = []
    private var uses = 0

    mutating func step(for key: Key) -> Step {
        uses += 1
        if let index = prepared.index(forKey: key) {
            prepared.values[index].lastUse = uses
            prepared.values[index].runs += 1
            let statement = prepared.values[index]
            return statement.runs < statement.runsOfPlan
                ? .run(statement) : .prepare(statement.again, insteadOf: statement)
        }
        let translated = PostgresPlaceholders.translate(key.sql)
        guard key.types.count <= Self.mostParameters else { return .runOnce(translated: translated) }
        guard seen.remove(key) != nil else {
            if seen.count >= Self.mostSeen { seen = [] }
            seen.insert(key)
            return .runOnce(translated: translated)
        }
        let oldest = prepared.count < Self.limit ? nil : prepared.min { $0.value.lastUse < $1.value.lastUse }
        return .prepare(Prepared(name: Self.name(key), translated: translated, lastUse: uses), insteadOf: oldest?.value)
    }

    /// The server has it now.
    mutating func add(_ key: Key, _ statement: Prepared) { prepared[key] = statement }

    /// The server has it no more.
    mutating func remove(_ statement: Prepared) { prepared = prepared.filter { $0.value.name != statement.name } }

    private static func name(_ key: Key) -> String {
        let text = key.types.map(String.init).joined(separator: ",") + "\u{0}" + key.sql
        return "tidegate_"
            + SHA256.hash(data: Array(text.utf8)).prefix(16).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
    }
}

extension PreparedStatements.Prepared {
    fileprivate var again: Self {
        var again = self
        (again.runs, again.runsOfPlan) = (0, runsOfPlan * 2)
        return again
    }
}
