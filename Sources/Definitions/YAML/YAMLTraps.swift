/// What looks like one thing in a file and is another: characters that nobody sees, and files that others read differently.
enum YAMLTraps {
    struct Flaw {
        var rule: String
        var message: String
        var fix: String
    }

    /// What is wrong with a key.
    static func key(_ text: UnsafeBufferPointer<UInt8>, isPlain: Bool) -> Flaw? {
        if isPlain, text.elementsEqual("<<".utf8) {
            return Flaw(
                rule: "yaml.merge-key", message: "merge keys (`<<`) are not read.",
                fix: "Write the keys out, or put what is shared into a file that this one `extends`.")
        }
        guard text.contains(where: { $0 >= 0x80 }) else { return nil }
        let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
        guard let found = scalars.lazy.compactMap({ unseen($0) }).first else { return nil }
        let clean = String(String.UnicodeScalarView(scalars.filter { unseen($0) == nil })).prefix(60)
        return Flaw(
            rule: "yaml.invisible", message: "the key has \(found) in it, which looks like something else.",
            fix: clean.isEmpty ? "Remove it." : "Type it anew: `\(clean)`.")
    }

    /// The name of a character that is invisible or easily taken for another one.
    static func unseen(_ scalar: Unicode.Scalar) -> String? {
        let name: String? =
            switch scalar.value {
            case 0xA0, 0x202F: "a no-break space"
            case 0xAD: "a soft hyphen"
            case 0xFEFF: "a byte order mark"
            case 0x2018...0x201B: "a curly apostrophe"
            case 0x201C...0x201F: "a curly quote"
            case 0x2000...0x200A, 0x205F, 0x3000: "a space that is none"
            case 0x200B...0x200D, 0x2060...0x2064: "a zero-width character"
            case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: "a change of the direction of writing"
            case 0x85, 0x2028, 0x2029: "an unusual line end"
            default: nil
            }
        return name.map { "\($0) (U+\(hex(scalar.value)))" }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
