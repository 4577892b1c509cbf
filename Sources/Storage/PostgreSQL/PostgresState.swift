/// What PostgreSQL's error codes mean for the caller (PostgreSQL documentation, appendix A).
enum PostgresState {
    /// Serialization failures and deadlocks: the same transaction may succeed when it runs again.
    static func isConflict(_ state: String) -> Bool {
        state == "40001" || state == "40P01"
    }

    /// Whether a prepared statement fails because it was prepared, and would not when it is prepared anew: "cached plan must
    /// not change result type" is a feature that is not supported, and the statement may be gone or another's.
    static func isStale(_ state: String) -> Bool {
        ["0A000", "26000", "42P05"].contains(state)
    }

    static func error(
        _ state: String, reason: String, constraint: String?, sql: String, place: String
    ) -> DatabaseError {
        switch state {
        case "53100": return .full(place)
        case "25006": return .readOnly(place)
        case "42501": return .accessDenied(place, reason: reason)
        case "57014": return .busy("\(place) stopped a statement after its time limit (\(reason))")
        case "55P03": return .busy("\(place): \(reason)")
        case "57P01", "57P02", "57P03": return .unreachable(place, reason: reason)
        default: break
        }
        switch state.prefix(2) {
        case "23": return .constraint(name: constraint ?? "not-null", reason: reason)
        case "28": return .accessDenied(place, reason: reason)
        case "40", "53": return .busy("\(place): \(reason)")
        case "08": return .unreachable(place, reason: reason)
        case "0A", "21", "22", "25", "26", "3D", "3F", "42", "54": return .invalidStatement(sql: sql, reason: reason)
        default: return .other("\(place): \(reason) (\(state))")
        }
    }
}
