/// The keys of a mapping in order of their text: finds duplicates while a tree is built, and values afterwards.
enum YAMLKeyOrder {
    /// Mappings of up to so many keys are searched from the front.
    static let least = 16

    /// Each key that stands a second time or more, with the first that reads the same, in the order of the file.
    static func duplicates(
        _ keys: [UInt32], same: (UInt32, UInt32) -> Bool
    ) -> [(key: UInt32, first: UInt32)] {
        var found: [(key: UInt32, first: UInt32)] = []
        if keys.count <= least {
            for index in keys.indices.dropFirst() {
                guard let first = keys[..<index].first(where: { same($0, keys[index]) }) else { continue }
                found.append((keys[index], first))
            }
            return found
        }
        // Ordered by text, those that read the same stand side by side, the first of the file before the others.
        var first = keys[0]
        for key in keys.dropFirst() {
            if same(first, key) { found.append((key, first)) } else { first = key }
        }
        return found.sorted { $0.key < $1.key }
    }
}
