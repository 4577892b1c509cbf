import Synchronization

/// The regular expressions of contracts, each compiled once: many variables have the same, and every service and
/// environment asks again.
final class Patterns: Sendable {
    private let compiled = Mutex<[String: Regex<AnyRegexOutput>]>([:])

    /// Whether the whole text matches.
    func match(_ pattern: String, _ text: String) -> Bool {
        compiled.withLock { compiled in
            do {
                let regex = try compiled[pattern] ?? Regex(pattern)
                compiled[pattern] = regex
                return try regex.wholeMatch(in: text) != nil
            } catch {
                // Contracts with such a pattern are refused when they are read.
                return false
            }
        }
    }
}
