/// Characters that nobody sees and every program reads.
enum InvisibleCharacters {
    /// A character that should not be where it is, in words, and the value without it.
    struct Hit {
        /// `a byte order mark at its beginning`.
        var what: String
        var cleaned: String
    }

    /// - Parameters:
    ///   - isText: whether it is text for people, in which typographic quotes and spaces have their place.
    ///   - isSeveralLines: whether line feeds belong to it, as in PEM and JSON.
    static func find(_ value: String, isText: Bool, isSeveralLines: Bool) -> Hit? {
        guard mayStand(in: value) else { return nil }
        let scalars = Array(value.unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let isEdge = index == 0 || index == scalars.count - 1
            guard let name = name(scalar, isEdge: isEdge, isText: isText, isSeveralLines: isSeveralLines) else {
                continue
            }
            // The last line feed of a file that holds lines is no mistake.
            let place = index == 0 ? "at its beginning" : index == scalars.count - 1 ? "at its end" : "in it"
            return Hit(what: "\(name) \(place)", cleaned: cleaned(scalars, isText: isText))
        }
        guard isQuoted(value) else { return nil }
        return Hit(what: "quotes around it, which are part of the value", cleaned: String(value.dropFirst().dropLast()))
    }

    /// False for a word of visible ASCII, as nearly every value is one.
    static func mayStand(in value: String) -> Bool {
        value.utf8.contains { $0 <= 0x20 || $0 >= 0x7F } || isQuoted(value)
    }

    private static func name(_ scalar: Unicode.Scalar, isEdge: Bool, isText: Bool, isSeveralLines: Bool) -> String? {
        switch scalar.value {
        case 0xFEFF: "a byte order mark (U+FEFF)"
        case 0x0A: isSeveralLines ? nil : isText && !isEdge ? nil : "a line end"
        case 0x0D: isSeveralLines ? nil : "a carriage return (CR)"
        case 0x09: isSeveralLines || (isText && !isEdge) ? nil : "a tab"
        case 0x20: isEdge && !isSeveralLines ? "a space" : nil
        case 0x00...0x1F, 0x7F...0x9F: "a control character (\(code(scalar)))"
        case 0xA0, 0x202F, 0x2007: isText && !isEdge ? nil : "a no-break space (\(code(scalar)))"
        case 0x200B, 0x2060, 0x180E: "a zero-width space (\(code(scalar)))"
        // Joiners belong to some scripts and to emoji.
        case 0x200C, 0x200D: isText && !isEdge ? nil : "a zero-width joiner (\(code(scalar)))"
        case 0xAD: "a soft hyphen (U+00AD)"
        case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: "a mark of writing direction (\(code(scalar)))"
        case 0x2028, 0x2029: "a line separator (\(code(scalar)))"
        case 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E, 0xAB, 0xBB:
            isText ? nil : "a typographic quote (\(code(scalar)))"
        case 0x2010...0x2015, 0x2212: isText ? nil : "a typographic dash (\(code(scalar)))"
        case 0x2000...0x200A, 0x3000: isText && !isEdge ? nil : "a wide or narrow space (\(code(scalar)))"
        default: nil
        }
    }

    private static func code(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)"
    }

    /// The value as it was probably meant, so that the other checks can go on.
    private static func cleaned(_ scalars: [Unicode.Scalar], isText: Bool) -> String {
        var kept = scalars.filter { scalar in
            name(scalar, isEdge: false, isText: isText, isSeveralLines: true) == nil || scalar.value == 0xA0
        }
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isWhitespace }
        while let last = kept.last, isBlank(last) { kept.removeLast() }
        kept = Array(kept.drop(while: isBlank))
        var text = String.UnicodeScalarView()
        text.append(contentsOf: kept)
        return String(text)
    }

    private static func isQuoted(_ value: String) -> Bool {
        guard let quote = value.utf8.first, quote == 0x22 || quote == 0x27, value.utf8.count > 1,
            value.utf8.last == quote
        else { return false }
        return !value.utf8.dropFirst().dropLast().contains(quote)
    }
}
