/// One sentence each: what failed, on what, why, and what to do. None names a password: addresses are masked before
/// they get here.
extension DatabaseError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidAddress(let address, let reason):
            "The database address \(address) is not valid: \(reason). "
                + "Use sqlite:PATH or postgresql://USER@HOST:PORT/DATABASE."
        case .unreachable(let place, let reason):
            "The database \(place) cannot be reached: \(reason). Check that it is there and running, then try again."
        case .accessDenied(let place, let reason):
            "The database \(place) denies access: \(reason). Check the user, the password and what they are allowed."
        case .full(let place):
            "No space is left for the database \(place). Free some space on its device, then try again."
        case .readOnly(let place):
            "The database \(place) is read-only. Make the file and its folder writable, "
                + "or point to the primary server."
        case .constraint(let name, let reason):
            "The constraint \(name) refuses the change: \(reason). Change the value, or what it refers to."
        case .busy(let reason):
            "The database is busy: \(reason). Try again; if it stays so, look for a transaction that does not end."
        case .invalidStatement(let sql, let reason):
            "The database refuses a statement: \(reason). Check that its migrations were applied. "
                + "The statement: \(Self.shortened(sql))"
        case .unexpectedColumn(let name, let reason):
            "The column \(name) is not what was expected: \(reason). Check that the migrations were applied."
        case .migrationMismatch(let id, let reason):
            "The migration \(id) does not fit this database: \(reason). Use the version that applied it, or a newer one."
        case .connectionLost(let place, let reason):
            "The connection to the database \(place) broke while it was committing: \(reason). "
                + "Look up whether the change is there before doing it again."
        case .other(let reason):
            "The database failed: \(reason). Look at its log."
        }
    }

    private static func shortened(_ sql: String) -> String {
        let line = sql.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.count <= 300 ? line : "\(line.prefix(300))…"
    }
}
