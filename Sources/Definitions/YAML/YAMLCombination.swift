/// A mapping that is made of two: what `extends` combines. Its values are views of the trees that they come from.
final class YAMLCombination: Sendable {
    /// The mapping that wins, for its place.
    let nearest: YAMLNode
    let entries: [YAMLEntry]
    /// The entries ordered by key, when there are many.
    private let order: [UInt32]

    init(nearest: YAMLNode, entries: [YAMLEntry]) {
        self.nearest = nearest
        self.entries = entries
        guard entries.count > YAMLKeyOrder.least else {
            order = []
            return
        }
        order = (0..<UInt32(entries.count)).sorted { first, second in
            entries[Int(first)].withKey { first in
                entries[Int(second)].withKey { YAMLText.precedes(first, $0) }
            }
        }
    }

    func entry(_ key: UnsafeBufferPointer<UInt8>) -> YAMLEntry? {
        guard !order.isEmpty else { return entries.first { $0.withKey { YAMLText.equal($0, key) } } }
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            let precedes = entries[Int(order[middle])].withKey { YAMLText.precedes($0, key) }
            (low, high) = precedes ? (middle + 1, high) : (low, middle)
        }
        guard low < order.count, entries[Int(order[low])].withKey({ YAMLText.equal($0, key) }) else { return nil }
        return entries[Int(order[low])]
    }
}
