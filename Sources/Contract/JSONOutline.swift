/// A JSON text as keys and values with their places, for what a decoder does not say: where something stands, keys that
/// nobody knows, keys that stand twice.
indirect enum JSONOutline {
    struct Entry {
        var key: String
        /// Where the key begins, in bytes.
        var start: Int
        var value: JSONOutline
    }

    case object([Entry], start: Int)
    case array([JSONOutline], start: Int)
    case scalar(start: Int)

    /// Nil when the text is no JSON, or nests deeper than a contract can; then `end` is where that shows.
    static func read(_ text: [UInt8]) -> (outline: JSONOutline?, end: Int) {
        var scan = Scan(text: text)
        let value = scan.value(depth: 0)
        if value != nil { scan.skipSpace() }
        return (scan.index == text.count ? value : nil, min(scan.index, text.count))
    }

    var start: Int {
        switch self {
        case .object(_, let start), .array(_, let start), .scalar(let start): start
        }
    }

    var entries: [Entry] {
        if case .object(let entries, _) = self { entries } else { [] }
    }

    var elements: [JSONOutline] {
        if case .array(let elements, _) = self { elements } else { [] }
    }

    /// Where the nearest thing on the way to `path` stands: `variables[3].kind`, or what is there of it.
    func start(of path: String) -> Int {
        var node = self
        var place = start
        for step in path.replacing("[", with: ".[").split(separator: ".") {
            if step.hasPrefix("[") {
                guard let index = Int(step.dropFirst().dropLast()), node.elements.indices.contains(index) else { break }
                node = node.elements[index]
                place = node.start
            } else {
                guard let entry = node.entries.last(where: { $0.key == step }) else { break }
                node = entry.value
                place = entry.start
            }
        }
        return place
    }
}

extension JSONOutline {
    /// One pass over the bytes; what it takes for JSON a decoder may still refuse.
    private struct Scan {
        let text: [UInt8]
        var index = 0
        private static let deepest = 64

        init(text: [UInt8]) { self.text = text }

        private var byte: UInt8? { index < text.count ? text[index] : nil }

        mutating func skipSpace() {
            while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { index += 1 }
        }

        mutating func value(depth: Int) -> JSONOutline? {
            skipSpace()
            let start = index
            switch byte {
            case UInt8(ascii: "{"): return depth < Self.deepest ? object(start, depth) : nil
            case UInt8(ascii: "["): return depth < Self.deepest ? array(start, depth) : nil
            case UInt8(ascii: "\""): return string() == nil ? nil : .scalar(start: start)
            default:
                while let byte, !",]}".utf8.contains(byte), byte > 0x20 { index += 1 }
                return index > start ? .scalar(start: start) : nil
            }
        }

        private mutating func object(_ start: Int, _ depth: Int) -> JSONOutline? {
            var entries: [Entry] = []
            index += 1
            while true {
                skipSpace()
                if entries.isEmpty, take("}") { return .object([], start: start) }
                let keyStart = index
                guard byte == UInt8(ascii: "\""), let key = string() else { return nil }
                skipSpace()
                guard take(":"), let value = value(depth: depth + 1) else { return nil }
                entries.append(Entry(key: key, start: keyStart, value: value))
                skipSpace()
                if take("}") { return .object(entries, start: start) }
                guard take(",") else { return nil }
            }
        }

        private mutating func array(_ start: Int, _ depth: Int) -> JSONOutline? {
            var elements: [JSONOutline] = []
            index += 1
            while true {
                skipSpace()
                if elements.isEmpty, take("]") { return .array([], start: start) }
                guard let value = value(depth: depth + 1) else { return nil }
                elements.append(value)
                skipSpace()
                if take("]") { return .array(elements, start: start) }
                guard take(",") else { return nil }
            }
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            guard byte == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        /// The text between quotes as it is written: keys of contracts need no escapes.
        private mutating func string() -> String? {
            index += 1
            let start = index
            while let byte, byte != UInt8(ascii: "\"") { index += byte == UInt8(ascii: "\\") ? 2 : 1 }
            guard index < text.count else { return nil }
            index += 1
            return String(decoding: text[start..<(index - 1)], as: UTF8.self)
        }
    }
}
