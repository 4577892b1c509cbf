/// Opens a database from its address.
package enum Databases {
    /// - Parameter address: `sqlite:PATH` (created when absent, its folder has to exist), or `postgresql://…` or
    ///   `postgres://…` as libpq reads it. PostgreSQL is connected to with the first transaction, so an absent server is
    ///   an error then, not here.
    /// - Throws: `DatabaseError`; no error names the password.
    package static func open(address: String) throws(DatabaseError) -> any Database {
        if address.hasPrefix("sqlite:") {
            let path = String(address.dropFirst("sqlite:".count))
            guard !path.isEmpty else { throw .invalidAddress(address, reason: "it names no file") }
            return try SQLiteDatabase(path: path)
        }
        if address.hasPrefix("postgresql://") || address.hasPrefix("postgres://") {
            return try PostgresDatabase(address: PostgresAddress(address))
        }
        let scheme = address.prefix { $0 != ":" }
        throw .invalidAddress(
            "\(scheme.count <= 20 ? "\(scheme):" : "")…", reason: "it is of no kind that is known here")
    }
}
