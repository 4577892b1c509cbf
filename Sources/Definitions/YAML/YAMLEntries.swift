/// A key with its value: a view, as `YAMLNode` is.
package struct YAMLEntry: Sendable {
    private let tree: YAMLTree
    private let index: UInt32
    package let value: YAMLNode

    init(_ tree: YAMLTree, key index: Int) {
        self.init(tree, key: UInt32(index), value: YAMLNode(tree, tree.value(ofKeyAt: index)))
    }

    private init(_ tree: YAMLTree, key: UInt32, value: YAMLNode) {
        self.tree = tree
        index = key
        self.value = value
    }

    package var key: String { withKey { String(decoding: $0, as: UTF8.self) } }

    package var keyPlace: Place { tree.place(of: tree[Int(index)]) }

    /// Whether the key is written without quotes.
    package var keyIsPlain: Bool { tree[tree.target(Int(index))].kind == .plain }

    /// The key's bytes, without a copy.
    func withKey<T>(_ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        tree.text(tree[tree.target(Int(index))], body)
    }

    /// The same key with another value.
    func with(_ value: YAMLNode) -> YAMLEntry { YAMLEntry(tree, key: index, value: value) }
}

/// The entries of a mapping, made one at a time.
package struct YAMLEntries: Collection, Sendable {
    private enum Origin: Sendable {
        case tree(YAMLTree)
        case list([YAMLEntry])
    }

    private let origin: Origin
    package let startIndex: Int
    package let endIndex: Int

    init(_ tree: YAMLTree, _ records: Range<Int>) {
        origin = .tree(tree)
        startIndex = records.lowerBound
        endIndex = records.upperBound
    }

    init(_ entries: [YAMLEntry]) {
        origin = .list(entries)
        startIndex = 0
        endIndex = entries.count
    }

    /// Indices are for going from one entry to the next; they do not count entries.
    package func index(after index: Int) -> Int {
        switch origin {
        case .tree(let tree): tree.nextEntry(after: index)
        case .list: index + 1
        }
    }

    package subscript(index: Int) -> YAMLEntry {
        switch origin {
        case .tree(let tree): YAMLEntry(tree, key: index)
        case .list(let entries): entries[index]
        }
    }
}

extension YAMLEntries: ExpressibleByArrayLiteral {
    package init(arrayLiteral entries: YAMLEntry...) { self.init(entries) }
}
