/// The `?` of statements on many rows at once. SQLite takes 32,766 values in one statement.
package enum Placeholders {
    /// `(?, ?, …)`.
    package static func list(_ count: Int) -> String {
        "(\(Array(repeating: "?", count: count).joined(separator: ", ")))"
    }

    /// `(?, ?), (?, ?), …`: what follows `VALUES`.
    package static func rows(_ count: Int, of width: Int) -> String {
        Array(repeating: list(width), count: count).joined(separator: ", ")
    }
}
