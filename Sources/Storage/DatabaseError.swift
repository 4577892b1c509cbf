/// What can go wrong with a database, told apart by what to do next.
package enum DatabaseError: Error, Sendable, Equatable {
    /// The DSN is not one that Tidegate understands.
    case invalidAddress(String, reason: String)
    /// Nobody answers there, or the file cannot be opened.
    case unreachable(String, reason: String)
    case accessDenied(String, reason: String)
    /// No space is left on the device that holds the database.
    case full(String)
    case readOnly(String)
    /// A unique, foreign-key, not-null or check constraint.
    case constraint(name: String, reason: String)
    /// Somebody else holds the lock, and went on holding it for the time-out.
    case busy(String)
    /// The statement is wrong: a bug here, or a schema that is not what was expected.
    case invalidStatement(sql: String, reason: String)
    case unexpectedColumn(name: String, reason: String)
    /// A migration that was applied has changed since, or is not known here.
    case migrationMismatch(id: String, reason: String)
    /// The connection broke; whether a commit happened is unknown until looked up by its key.
    case connectionLost(String, reason: String)
    case other(String)
}
