/// One look over a file's bytes before it is parsed: its encoding, and what a parser would take too long over.
enum YAMLScan {
    struct Refusal {
        var rule: String
        var offset: Int
        var message: String
        var fix: String
    }

    static func refusal(_ bytes: [UInt8], _ limits: YAMLLimits) -> Refusal? {
        if let encoding = wideEncoding(bytes) {
            return Refusal(
                rule: "yaml.not-utf8", offset: 0, message: "the file is \(encoding), not UTF-8.",
                fix: "Save the file as UTF-8 without a byte order mark.")
        }
        return bytes.withUnsafeBufferPointer { bytes in
            if let offset = firstInvalid(bytes) {
                return Refusal(
                    rule: "yaml.not-utf8", offset: offset, message: "the file is not UTF-8 from here on.",
                    fix: "Save the file as UTF-8.")
            }
            return blanks(bytes, limits) ?? directives(bytes)
        }
    }

    /// Where a carriage return stands that ends a line by itself, or a character that only some take for a line's end.
    static func oddLineEnd(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        for index in 0..<bytes.count {
            switch bytes[index] {
            case 0x0D where index + 1 == bytes.count || bytes[index + 1] != 0x0A: return index
            case 0xC2 where index + 1 < bytes.count && bytes[index + 1] == 0x85: return index
            case 0xE2
            where index + 2 < bytes.count && bytes[index + 1] == 0x80
                && (bytes[index + 2] == 0xA8 || bytes[index + 2] == 0xA9):
                return index
            default: break
            }
        }
        return nil
    }

    private static func wideEncoding(_ bytes: [UInt8]) -> String? {
        let start = Array(bytes.prefix(4))
        guard start.count >= 2 else { return nil }
        if start.count == 4, start[...] == [0xFF, 0xFE, 0, 0] || start[...] == [0, 0, 0xFE, 0xFF] { return "UTF-32" }
        switch (start[0], start[1]) {
        case (0xFF, 0xFE), (0xFE, 0xFF): return "UTF-16"
        case (0, 1...), (1..., 0): return "UTF-16"
        default: return nil
        }
    }

    private static func firstInvalid(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var index = 0
        while index < bytes.count {
            if bytes[index] < 0x80 {
                index += 1
                continue
            }
            let length = wellFormed(bytes, index)
            guard length > 0 else { return index }
            index += length
        }
        return nil
    }

    /// The length of the well-formed sequence at `index`, 0 when there is none (Unicode 15, table 3-7).
    private static func wellFormed(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch bytes[index] {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xE1...0xEC, 0xEE...0xEF: (3, 0x80...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0...0)
            }
        guard length > 0, index + length <= bytes.count, second.contains(bytes[index + 1]) else { return 0 }
        for next in bytes[index + 2..<index + length] where next & 0xC0 != 0x80 { return 0 }
        return length
    }

    /// libyaml empties buffers as long as the longest run of blanks for every word that follows.
    private static func blanks(_ bytes: UnsafeBufferPointer<UInt8>, _ limits: YAMLLimits) -> Refusal? {
        var run = 0
        for index in 0..<bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: run += 1
            // Parts of line ends that only libyaml knows.
            case 0x85, 0xA8, 0xA9, 0xC2, 0xE2, 0x80: run += 1
            default: run = 0
            }
            guard run <= limits.blanks else {
                return Refusal(
                    rule: "yaml.too-large", offset: index,
                    message: "more than \(limits.blanks) blanks or line ends stand on end here.",
                    fix: "Remove them.")
            }
        }
        return nil
    }

    /// libyaml compares every directive with all before it, and none means anything here.
    private static func directives(_ bytes: UnsafeBufferPointer<UInt8>) -> Refusal? {
        var found = 0
        for index in 0..<bytes.count
        where bytes[index] == UInt8(ascii: "%") && (index == 0 || bytes[index - 1] < 0x20) {
            found += 1
            guard found <= 16 else {
                return Refusal(
                    rule: "yaml.too-large", offset: index, message: "more than 16 lines begin with `%` here.",
                    fix: "Remove the directives; indent the lines if they are text.")
            }
        }
        return nil
    }
}
