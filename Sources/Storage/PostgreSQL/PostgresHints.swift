enum PostgresHints {
    static let channel = "storage_hints"
}
