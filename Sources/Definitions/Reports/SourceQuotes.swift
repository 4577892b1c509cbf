/// The lines that findings point at, as people may see them.
struct SourceQuotes {
    private var lines: [Place.Line: SourceLine] = [:]

    /// - Parameter sources: the files that the findings were found in.
    init(_ findings: [Finding], in sources: ProjectSources, _ reference: Reference) {
        // What people run all day finds nothing, and reads no contract a second time.
        guard !findings.isEmpty else { return }
        let names = KnownNames(sources, reference)
        var disclosures: [String: Disclosure] = [:]
        for (path, found) in Dictionary(grouping: findings, by: \.place.file) {
            guard let bytes = sources.files[path], Self.isQuoted(path) else { continue }
            let wanted = Set(found.map(\.place.line))
            let document = YAMLDocument.parse(bytes, file: path)
            var disclosure = Disclosure(names: names, lines: wanted)
            guard let root = document.root else {
                quote(path, bytes, wanted) { SourceLine($1, names: names) }
                continue
            }
            if ProjectSources.isEnvironment(path) { disclosure.read(root, reference) } else { disclosure.read(root) }
            disclosures[path] = disclosure
        }
        // What is a secret at one place is one at every other.
        let sensitive = disclosures.values.reduce(into: Set<String>()) { $0.formUnion($1.sensitive) }
        for (path, disclosure) in disclosures {
            quote(path, sources.files[path] ?? [], disclosure.lines) { number, text in
                let marks = disclosure.marks[number] ?? []
                return SourceLine(text, marks: marks.map { $0.hidden(among: sensitive) })
            }
        }
    }

    private mutating func quote(
        _ path: String, _ bytes: [UInt8], _ wanted: Set<Int>, _ line: (Int, [Unicode.Scalar]) -> SourceLine
    ) {
        for (number, text) in Self.lines(bytes, wanted) {
            lines[Place.Line(file: path, number: number)] = line(number, text)
        }
    }

    /// The line of a place; nil when there is none, or nothing in it that may be seen.
    func line(of place: Place) -> SourceLine? {
        let line = lines[Place.Line(file: place.file, number: place.line)]
        return line.flatMap { $0.saysAnything ? $0 : nil }
    }

    private static func isQuoted(_ path: String) -> Bool {
        [".yaml", ".yml", ".json"].contains { path.hasSuffix($0) }
    }

    /// The wanted lines, by number from 1. Lines end with a line feed, a carriage return, or both.
    private static func lines(_ bytes: [UInt8], _ wanted: Set<Int>) -> [(Int, [Unicode.Scalar])] {
        var result: [(Int, [Unicode.Scalar])] = []
        var number = 1
        var start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        var at = start
        let last = wanted.max() ?? 0
        while number <= last, start <= bytes.count {
            if at < bytes.count, bytes[at] != 0x0A, bytes[at] != 0x0D {
                at += 1
                continue
            }
            if wanted.contains(number) {
                result.append((number, Array(String(decoding: bytes[start..<at], as: UTF8.self).unicodeScalars)))
            }
            if at + 1 < bytes.count, bytes[at] == 0x0D, bytes[at + 1] == 0x0A { at += 1 }
            at += 1
            start = at
            number += 1
        }
        return result
    }
}

extension Place {
    struct Line: Hashable {
        var file: String
        var number: Int
    }
}
