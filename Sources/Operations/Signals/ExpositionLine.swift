/// One line of an exposition: `name{label="value",…} value [timestamp] [# exemplar]`.
///
/// It is read by its bytes: each look reads every line of every instance, and reading them by their characters was half of
/// what watching a quiet environment took.
struct ExpositionLine {
    /// What stands before the labels or the value.
    let name: ArraySlice<UInt8>
    private var rest: ArraySlice<UInt8>

    init(_ line: ArraySlice<UInt8>) {
        name = line.prefix { $0 != UInt8(ascii: "{") && !Self.isSpace($0) }
        rest = line.dropFirst(name.count)
    }

    /// Its labels and its value; nil when it is no sample.
    func sample() -> (labels: [String: String], value: Double)? {
        var line = self
        guard name.first.map({ Self.isNamed($0) && !Self.isDigit($0) }) == true, name.allSatisfy(Self.isNamed),
            let labels = line.takeLabels()
        else { return nil }
        line.skipSpaces()
        guard let value = Double(String(decoding: line.rest.prefix { !Self.isSpace($0) }, as: UTF8.self)) else {
            return nil
        }
        return (labels, value)
    }

    /// None, when there is no brace; nil when they are no labels.
    private mutating func takeLabels() -> [String: String]? {
        var labels: [String: String] = [:]
        skipSpaces()
        guard take("{") else { return labels }
        while true {
            skipSpaces()
            if take("}") { return labels }
            let label = rest.prefix { Self.isNamed($0) && $0 != UInt8(ascii: ":") }
            rest = rest.dropFirst(label.count)
            skipSpaces()
            guard !label.isEmpty, take("=") else { return nil }
            skipSpaces()
            guard let value = takeQuoted(),
                labels.updateValue(value, forKey: String(decoding: label, as: UTF8.self)) == nil
            else { return nil }
            skipSpaces()
            if take("}") { return labels }
            guard take(",") else { return nil }
        }
    }

    /// A value in quotes, in which `\n` is the end of a line, and `\` before anything else is that.
    private mutating func takeQuoted() -> String? {
        guard take("\"") else { return nil }
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: value, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst() else { return nil }
                value.append(escaped == UInt8(ascii: "n") ? UInt8(ascii: "\n") : escaped)
            default: value.append(byte)
            }
        }
        return nil
    }

    private mutating func take(_ mark: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: mark) else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func skipSpaces() { rest = rest.drop(while: Self.isSpace) }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isNamed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: ":"):
            true
        default: isDigit(byte)
        }
    }
}
