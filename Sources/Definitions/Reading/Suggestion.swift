/// Finds the name that was probably meant.
package enum Suggestion {
    /// The nearest of `candidates`, if it is near enough to be a slip: at most a third of the name's letters, and at most 3.
    package static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
        SuggestionIndex(candidates).nearest(to: name)
    }

    /// `_`, `-` and case are what people mix up most.
    static func folded(_ name: String) -> String {
        name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
    }

    /// Damerau–Levenshtein distance in its optimal string alignment form: insertions, deletions, substitutions and
    /// swaps of neighbours cost 1. Names longer than 128 characters are compared by their beginning.
    package static func distance(_ first: String, _ second: String) -> Int {
        distance(Array(first.prefix(128)), Array(second.prefix(128)), limit: 128) ?? 128
    }

    /// The distance, if it is at most `limit`: a row without a smaller number ends the search.
    static func distance(_ a: [Character], _ b: [Character], limit: Int) -> Int? {
        guard abs(a.count - b.count) <= limit else { return nil }
        guard !a.isEmpty, !b.isEmpty else { return max(a.count, b.count) }
        var twoAgo: [Int] = []
        var previous = Array(0...b.count)
        for i in 1...a.count {
            var current = [i]
            current.reserveCapacity(b.count + 1)
            var least = i
            for j in 1...b.count {
                let change = a[i - 1] == b[j - 1] ? 0 : 1
                var cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + change)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, twoAgo[j - 2] + 1) }
                current.append(cost)
                least = min(least, cost)
            }
            // A swap reaches two rows back, so one row above the limit is not the end yet.
            guard least <= limit || (previous.min() ?? 0) <= limit else { return nil }
            (twoAgo, previous) = (previous, current)
        }
        return previous[b.count] <= limit ? previous[b.count] : nil
    }
}

/// Names to find the nearest of many times: what cannot be near is passed over without being compared.
struct SuggestionIndex {
    private struct Candidate {
        var name: String
        var count: Int
        /// A bit for each ASCII character in it: two names at distance d differ in at most 2d bits.
        var letters: UInt64
    }

    private let candidates: [Candidate]
    private let folded: [String: Int]

    init(_ names: some Sequence<String>) {
        var candidates: [Candidate] = []
        var folded: [String: Int] = [:]
        for name in names {
            let fold = Suggestion.folded(name)
            if folded[fold] == nil { folded[fold] = candidates.count }
            candidates.append(Candidate(name: name, count: name.count, letters: Self.letters(name)))
        }
        self.candidates = candidates
        self.folded = folded
    }

    /// The nearest name, if it is near enough to be a slip; of several the first.
    func nearest(to name: String) -> String? {
        if let same = folded[Suggestion.folded(name)].map({ candidates[$0].name }), same != name { return same }
        let limit = min(3, max(1, name.count / 3))
        let (count, letters) = (name.count, Self.letters(name))
        let characters = Array(name.prefix(128))
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate.name != name {
            let allowed = min(limit, (best?.distance ?? .max) - 1)
            guard abs(candidate.count - count) <= allowed,
                (candidate.letters ^ letters).nonzeroBitCount <= 2 * allowed,
                let distance = Suggestion.distance(characters, Array(candidate.name.prefix(128)), limit: allowed)
            else { continue }
            best = (candidate.name, distance)
        }
        return best?.name
    }

    private static func letters(_ name: String) -> UInt64 {
        name.utf8.reduce(0) { (0x20..<0x80).contains($1) ? $0 | 1 << UInt64($1 & 63) : $0 }
    }
}
