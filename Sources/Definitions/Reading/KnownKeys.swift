/// The keys that a mapping may have, for what is said of others. A file may have thousands of those, so that the index and
/// the list are made once, when the first is met.
final class KnownKeys {
    private let names: [String]
    private lazy var index = SuggestionIndex(names)
    /// What to do with a key that is like none of them.
    private(set) lazy var listed = "Remove it; known are \(names.map { "`\($0)`" }.joined(separator: ", "))."

    init(_ names: [String]) { self.names = names }

    func nearest(to name: String) -> String? { index.nearest(to: name) }
}
