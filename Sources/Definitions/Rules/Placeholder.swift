/// Values that somebody meant to replace.
enum Placeholder {
    private static let words: Set<String> = [
        "changeme", "change-me", "change_me", "replaceme", "replace-me", "replace_me", "todo", "tbd", "fixme", "xxx",
        "placeholder", "test-key", "test_key", "testkey", "your-key", "secret", "password", "example", "dummy",
        "insert-key-here", "none", "null", "undefined",
    ]
    private static let beginnings = [
        "your-", "your_", "changeme", "change-me", "change_me", "replace-me", "replace_me", "replace-with", "<your",
    ]

    /// Whether a secret's value is one: words that cannot be a key count too.
    static func isLikelySecret(_ value: String) -> Bool {
        words.contains(value.lowercased()) || isLikely(value)
    }

    static func isLikely(_ value: String) -> Bool {
        let text = value.lowercased()
        if beginnings.contains(where: text.hasPrefix) { return true }
        if text.count >= 3, text.allSatisfy({ $0 == "x" || $0 == "*" }) { return true }
        return text.hasPrefix("<") && text.hasSuffix(">")
    }
}
