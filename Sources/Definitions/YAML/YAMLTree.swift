/// A document's values in flat arrays: twelve bytes a value, whose text stays in the file's own bytes wherever it is
/// written there as it is read. `YAMLNode` is the view of one of them.
///
/// Records stand in the order of the file: a mapping or list, then what is in it; a key, then its value.
final class YAMLTree: Sendable {
    let file: String
    let source: [UInt8]
    private let records: YAMLRecords
    /// Text that the file writes otherwise: escapes, folded lines.
    private let decoded: [UInt8]
    /// The keys of larger mappings, as records, ordered by text.
    private let keyOrders: [[UInt32]]
    private let lines: YAMLLineTable

    init(
        file: String, source: [UInt8], records: YAMLRecords, decoded: [UInt8], keyOrders: [[UInt32]],
        lines: YAMLLineTable
    ) {
        self.file = file
        self.source = source
        self.records = records
        self.decoded = decoded
        self.keyOrders = keyOrders
        self.lines = lines
    }

    /// What the values take beyond the file itself; what its parts allocate, to the byte, without the allocator's own.
    var byteCount: Int {
        records.byteCount + decoded.capacity + lines.byteCount
            + keyOrders.reduce(0) { $0 + $1.capacity * MemoryLayout<UInt32>.size }
            + keyOrders.capacity * MemoryLayout<[UInt32]>.size
    }

    subscript(index: Int) -> YAMLRecord { records[index] }

    func place(of record: YAMLRecord) -> Place {
        let position = lines.position(of: Int(record.offset), in: source)
        return Place(file: file, line: position.line, column: position.column)
    }

    /// The record that an alias stands for, or the record itself.
    func target(_ index: Int) -> Int { records.target(index) }

    /// The bytes of a scalar.
    func text<T>(_ record: YAMLRecord, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        record.text(source: source, decoded: decoded, body)
    }

    /// The record after `index` and all that is in it.
    func next(after index: Int) -> Int { records.next(after: index) }

    /// The key of the mapping at `index` that reads `key`: of duplicates the first.
    func key(_ key: UnsafeBufferPointer<UInt8>, inMappingAt index: Int) -> Int? {
        let mapping = records[index]
        let order = mapping.store
        guard order > 0 else {
            var entry = index + 1
            while entry < Int(mapping.extent) {
                if keyIs(entry, key) { return entry }
                entry = records.nextEntry(after: entry)
            }
            return nil
        }
        let keys = keyOrders[order - 1]
        var (low, high) = (0, keys.count)
        while low < high {
            let middle = (low + high) / 2
            let precedes = text(records[target(Int(keys[middle]))]) { YAMLText.precedes($0, key) }
            (low, high) = precedes ? (middle + 1, high) : (low, middle)
        }
        return low < keys.count && keyIs(Int(keys[low]), key) ? Int(keys[low]) : nil
    }

    private func keyIs(_ entry: Int, _ key: UnsafeBufferPointer<UInt8>) -> Bool {
        text(records[target(entry)]) { YAMLText.equal($0, key) }
    }

    /// The value of the key at `index`, as the index of a node.
    func value(ofKeyAt index: Int) -> YAMLNode.Position {
        records[index].hasNoValue ? .nothing(key: UInt32(index)) : .record(UInt32(index + 1))
    }

    func nextEntry(after index: Int) -> Int { records.nextEntry(after: index) }
}

/// One value. Which of its numbers mean what depends on `kind`.
struct YAMLRecord {
    enum Kind: UInt32 { case plain, quoted, block, mapping, sequence, alias }
    /// Where a scalar's text stands.
    enum Home: UInt32 { case atOffset, afterQuote, decoded }

    /// Where the value begins, in bytes of the file.
    var offset: UInt32
    /// Of a scalar the length of its text, of an alias the record that it means, of a mapping or list the record after it.
    var extent: UInt32
    /// Kind (3 bits), home (2), whether a key has no value (1), and `store` (26).
    private var detail: UInt32

    /// The most that `store` can say.
    static let largestStore = 1 << 26 - 1

    init(_ kind: Kind, offset: Int, extent: Int, home: Home = .atOffset, store: Int = 0) {
        self.offset = UInt32(offset)
        self.extent = UInt32(extent)
        detail = kind.rawValue | home.rawValue << 3 | UInt32(store) << 6
    }

    var kind: Kind { Kind(rawValue: detail & 7) ?? .plain }
    var home: Home { Home(rawValue: detail >> 3 & 3) ?? .atOffset }

    /// Of a scalar whose home is `decoded`, where it begins there; of a mapping, 1 + the index of its ordered keys, or 0.
    var store: Int {
        get { Int(detail >> 6) }
        set { detail = detail & 63 | UInt32(newValue) << 6 }
    }

    /// Of a key: that nothing is written as its value. Such a value has no record.
    var hasNoValue: Bool {
        get { detail & 32 != 0 }
        set { detail = newValue ? detail | 32 : detail & ~32 }
    }

    var isScalar: Bool { kind.rawValue <= Kind.block.rawValue }

    func text<T>(source: [UInt8], decoded: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        let (bytes, start) =
            switch home {
            case .atOffset: (source, Int(offset))
            case .afterQuote: (source, Int(offset) + 1)
            case .decoded: (decoded, store)
            }
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<start + Int(extent)])) }
    }
}

/// Records in pieces of a fixed size, so that growing copies nothing.
struct YAMLRecords: Sendable {
    private static let shift = 10
    private var pieces: [[YAMLRecord]] = []
    private(set) var count = 0

    var byteCount: Int { pieces.reduce(0) { $0 + $1.capacity * MemoryLayout<YAMLRecord>.stride } }

    mutating func append(_ record: YAMLRecord) {
        if count & (1 << Self.shift - 1) == 0 {
            pieces.append([])
            // The first piece grows as needed: most files are small.
            if count > 0 { pieces[pieces.count - 1].reserveCapacity(1 << Self.shift) }
        }
        pieces[pieces.count - 1].append(record)
        count += 1
    }

    subscript(index: Int) -> YAMLRecord {
        get { pieces[index >> Self.shift][index & (1 << Self.shift - 1)] }
        set { pieces[index >> Self.shift][index & (1 << Self.shift - 1)] = newValue }
    }

    /// The record that an alias stands for, or the record itself. Aliases never mean aliases.
    func target(_ index: Int) -> Int {
        let record = self[index]
        return record.kind == .alias ? Int(record.extent) : index
    }

    /// The record after `index` and all that is in it.
    func next(after index: Int) -> Int {
        let record = self[index]
        return record.kind == .mapping || record.kind == .sequence ? Int(record.extent) : index + 1
    }

    /// The key after the one at `index`.
    func nextEntry(after index: Int) -> Int {
        self[index].hasNoValue ? index + 1 : next(after: index + 1)
    }
}

/// Comparisons of bytes.
enum YAMLText {
    static func equal(_ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>) -> Bool {
        guard first.count == second.count else { return false }
        for index in 0..<first.count where first[index] != second[index] { return false }
        return true
    }

    static func precedes(_ first: UnsafeBufferPointer<UInt8>, _ second: UnsafeBufferPointer<UInt8>) -> Bool {
        let shared = min(first.count, second.count)
        for index in 0..<shared where first[index] != second[index] { return first[index] < second[index] }
        return first.count < second.count
    }
}
