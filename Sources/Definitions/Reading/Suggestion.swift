/// Finds the name that was probably meant.
package enum Suggestion {
    /// The nearest of `candidates`, if it is near enough to be a slip: at most a third of the name's letters, and at most 3.
    package static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        let limit = min(3, max(1, name.count / 3))
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate != name {
            let distance = folded(candidate) == folded(name) ? 0 : distance(name, candidate)
            if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// `_`, `-` and case are what people mix up most.
    private static func folded(_ name: String) -> String {
        name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    }

    /// Damerau–Levenshtein distance in its optimal string alignment form: insertions, deletions, substitutions and
    /// swaps of neighbours cost 1. Names longer than 128 characters are compared by their beginning.
    package static func distance(_ first: String, _ second: String) -> Int {
        let (a, b) = (Array(first.prefix(128)), Array(second.prefix(128)))
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var twoAgo: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [i]
            for j in 1...b.count {
                let change = a[i - 1] == b[j - 1] ? 0 : 1
                var cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, twoAgo[j - 2] + 1) }
                current.append(cost)
            }
            (twoAgo, previous) = (previous, current)
        }
        return previous[b.count]
    }
}
