/// What a person is told about bytes that libyaml cannot read, by what stands at the place.
struct YAMLSyntaxExplanation {
    private let source: UnsafeBufferPointer<UInt8>
    private let report: YAMLReport

    init(_ source: UnsafeBufferPointer<UInt8>, _ report: YAMLReport) {
        self.source = source
        self.report = report
    }

    func finding(_ error: YAMLSyntaxError) -> Finding {
        let offset =
            switch error.position {
            case .byte(let offset): min(max(0, offset), source.count)
            case .character(let index): characterOffset(index)
            }
        if let tab = tab(at: offset) {
            return report.finding(
                "yaml.tabs", at: tab, "a tab stands where YAML wants spaces.", "Indent with spaces.")
        }
        switch byte(offset) {
        case UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: "%"):
            return report.finding(
                "yaml.reserved", at: offset, "a text begins with a character that YAML keeps for itself.",
                "Write it in quotes.")
        case UInt8(ascii: ":"):
            return report.finding(
                "yaml.syntax", at: offset, "this is not YAML: \(error.problem).",
                "Quote the text that this `:` belongs to; if it ends a key, check the indentation of its line.")
        default:
            return report.finding(
                "yaml.syntax", at: offset, "this is not YAML: \(error.problem).",
                "Check indentation, quotes and colons on this line and the one above.")
        }
    }

    private func characterOffset(_ index: Int) -> Int {
        var cursor = YAMLCharacterCursor()
        return cursor.byteOffset(of: index, in: source)
    }

    private func byte(_ offset: Int) -> UInt8? { offset < source.count ? source[offset] : nil }

    /// The tab at `offset`, or among the blanks that its line begins with.
    private func tab(at offset: Int) -> Int? {
        if byte(offset) == 0x09 { return offset }
        var start = min(offset, source.count)
        while start > 0, source[start - 1] != 0x0A, source[start - 1] != 0x0D { start -= 1 }
        while start < source.count, source[start] == 0x20 { start += 1 }
        return byte(start) == 0x09 ? start : nil
    }
}
