/// What a document may cost at most. Each is checked before memory or time is spent.
package struct YAMLLimits: Sendable {
    /// Up to `mostBytes`.
    package var bytes = 4 * 1024 * 1024
    package var depth = 24
    /// Values of the tree, those that aliases repeat included.
    package var nodes = 400_000
    package var aliases = 200
    /// Values that aliases repeat.
    package var repeatedNodes = 20_000
    /// Findings of one document; the last one says how many more there are.
    package var findings = 100
    /// Blanks and line breaks on end: libyaml's time grows with their square.
    package var blanks = 1_000

    /// What the tree's records can say.
    static let mostBytes = 16 * 1024 * 1024

    package init() {}
}
