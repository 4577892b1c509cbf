import Testing

@testable import Storage

@Suite(.timeLimit(.minutes(1)))
struct PlaceholderTests {
    @Test(arguments: [
        ("SELECT 1", "SELECT 1"),
        ("a = ? AND b = ?", "a = $1 AND b = $2"),
        ("'?' ?", "'?' $1"),
        ("'it''s ?' ?", "'it''s ?' $1"),
        ("'\\' ?", "'\\' $1"),
        ("E'\\' ?' ?", "E'\\' ?' $1"),
        ("e'a''?' ?", "e'a''?' $1"),
        ("E'a''\\'?' ?", "E'a''\\'?' $1"),
        ("note'?' ?", "note'?' $1"),
        ("\"a?\"\"?\" ?", "\"a?\"\"?\" $1"),
        ("-- ?\n?", "-- ?\n$1"),
        ("/* ? /* ? */ ? */ ?", "/* ? /* ? */ ? */ $1"),
        ("a - ? / ?", "a - $1 / $2"),
        ("$$ ? $$ ?", "$$ ? $$ $1"),
        ("$tag$ ? $$ ? $tag$ ?", "$tag$ ? $$ ? $tag$ $1"),
        ("name$x ? name$x", "name$x $1 name$x"),
        ("data ?? 'key' AND ?", "data ? 'key' AND $1"),
        ("'unfinished ?", "'unfinished ?"),
        ("/* unfinished ?", "/* unfinished ?"),
        ("☃ = ?", "☃ = $1"),
    ])
    func `only placeholders become parameters`(sql: String, expected: String) {
        #expect(PostgresPlaceholders.translate(sql) == expected)
    }
}
