/// Values of a series at even times, as promtool writes them (`promtool test rules`): `1`, `1x3` (four times), `0+10x3` (0,
/// 10, 20, 30), `10-5x2`, `_` for no data, `_x3` for three times that. Besides, `error` for asking in vain, and `gone` for
/// labels that are not there any more.
enum SeriesNotation {
    enum Value: Sendable, Equatable { case number(Double), missing, failed, gone }

    /// A test has at most so many.
    static let maximum = 100_000

    static func values(_ text: String) -> [Value]? {
        var values: [Value] = []
        for word in text.split(separator: " ") {
            guard let more = value(word), values.count + more.count <= maximum else { return nil }
            values += more
        }
        return values.isEmpty ? nil : values
    }

    private static func value(_ word: Substring) -> [Value]? {
        let parts = word.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count <= 2 else { return nil }
        var times = 0
        if parts.count == 2 {
            guard let count = Int(parts[1]), (0...maximum).contains(count) else { return nil }
            times = count
        }
        switch parts[0] {
        case "_": return Array(repeating: .missing, count: parts.count == 2 ? times : 1)
        case "error": return Array(repeating: .failed, count: parts.count == 2 ? times : 1)
        case "gone": return Array(repeating: .gone, count: parts.count == 2 ? times : 1)
        default: return numbers(parts[0], times)
        }
    }

    private static func numbers(_ text: Substring, _ times: Int) -> [Value]? {
        let sign = text.dropFirst().lastIndex { $0 == "+" || $0 == "-" }
        guard let sign else {
            return Double(text).map { Array(repeating: .number($0), count: times + 1) }
        }
        guard let first = Double(text[..<sign]), let step = Double(text[sign...]) else { return nil }
        return (0...times).map { .number(first + Double($0) * step) }
    }
}
