/// Why a text can be guessed although it is long enough.
enum Guessing {
    /// The end of the sentence "NAME …"; nil when nothing speaks against the text.
    ///
    /// - Parameter allowsPhrases: whether several words in a row are strong enough, as in a password.
    static func weakness(_ text: String, allowsPhrases: Bool = false) -> String? {
        let bytes = Array(text.utf8)
        guard bytes.count > 1 else { return "is hardly anything" }
        if let period = period(bytes) {
            return period == 1 ? "is one character again and again" : "is a piece of \(period) characters, repeated"
        }
        let distinct = Set(bytes).count
        if bytes.count >= 16, distinct < 6 { return "has only \(distinct) different characters" }
        if runs(bytes) * 2 > bytes.count { return "is a run of neighbouring characters, such as `1234` or `qwerty`" }
        if isMadeOfCommonWords(text) { return "is made of words that everybody tries first" }
        if !allowsPhrases, English.isPhrase(text) { return "reads as English words" }
        return nil
    }

    /// The length of the piece that the text repeats, if it has it twice or more often.
    private static func period(_ bytes: [UInt8]) -> Int? {
        // The failure function of Knuth, Morris and Pratt: its last value is the longest border.
        var border = [Int](repeating: 0, count: bytes.count)
        var length = 0
        for index in 1..<bytes.count {
            while length > 0, bytes[index] != bytes[length] { length = border[length - 1] }
            if bytes[index] == bytes[length] { length += 1 }
            border[index] = length
        }
        let period = bytes.count - length
        return period * 2 <= bytes.count ? period : nil
    }

    /// The key to the right on a keyboard, by character; zero without one.
    private static let right: [UInt8] = {
        var right = [UInt8](repeating: 0, count: 256)
        for row in ["qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890"].map({ Array($0.utf8) }) {
            for (first, second) in zip(row, row.dropFirst()) { right[Int(first)] = second }
        }
        return right
    }()

    /// How many characters continue a run of four or more: the same again, the next or the one before, on the keyboard too.
    private static func runs(_ bytes: [UInt8]) -> Int {
        let folded = bytes.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        var total = 0
        var length = 1
        var kind: Int?
        func end() { if length >= 4 { total += length } }
        for (first, second) in zip(folded, folded.dropFirst()) {
            let step = step(first, second)
            if let step, step == kind || length == 1 {
                length += 1
            } else {
                end()
                length = step == nil ? 1 : 2
            }
            kind = step
        }
        end()
        return total
    }

    private static func step(_ first: UInt8, _ second: UInt8) -> Int? {
        let difference = Int(second) - Int(first)
        if (-1...1).contains(difference) { return difference }
        return right[Int(first)] == second ? 2 : nil
    }

    /// By their first letters, the longer ones first.
    private static let words: [UInt8: [[UInt8]]] = Dictionary(grouping: commonWords.map { Array($0.utf8) }) { $0[0] }

    private static let commonWords = [
        "correcthorsebatterystaple", "authentication", "administrator", "development", "production", "encryption",
        "characters", "changeme", "database", "password", "insecure", "tidegate", "pipeline", "postgres", "refresh",
        "session", "signing", "staging", "passwd", "secret", "backend", "webhook", "access", "secure", "server",
        "random", "string", "client", "upload", "worker", "cookie", "default", "django", "string", "token", "super",
        "local", "admin", "value", "only", "prod", "test", "user", "this", "that", "with", "long", "very", "must",
        "auth", "root", "pass", "jwt", "key", "dev", "api", "app", "not", "for", "the", "and", "use", "my", "is", "in",
        "at", "to", "be", "a",
    ]

    /// Whether three quarters of the text are words such as `secret`, and years and counts behind them.
    private static func isMadeOfCommonWords(_ text: String) -> Bool {
        let plain = text.lowercased().utf8.map { leet[$0] ?? $0 }
        var rest = 0
        var total = 0
        var index = 0
        while index < plain.count {
            if let word = words[plain[index]]?.first(where: { plain[index...].starts(with: $0) }) {
                // A lone letter is a word only between separators, so that random letters are none.
                let stands = word.count > 2 || isBounded(plain, index, word.count)
                total += word.count
                if !stands { rest += word.count }
                index += word.count
            } else {
                if isLetter(plain[index]) || (0x30...0x39).contains(plain[index]) {
                    total += 1
                    // Digits behind a word are a year or a count.
                    if isLetter(plain[index]) { rest += 1 }
                }
                index += 1
            }
        }
        let letters = plain.filter(isLetter).count
        return total > 0 && letters * 2 >= plain.count && rest * 4 <= total
    }

    private static let leet: [UInt8: UInt8] = [0x30: 0x6F, 0x33: 0x65, 0x34: 0x61, 0x24: 0x73, 0x40: 0x61]

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte) }

    private static func isBounded(_ bytes: [UInt8], _ index: Int, _ count: Int) -> Bool {
        let before = index == 0 || !isLetter(bytes[index - 1])
        let after = index + count == bytes.count || !isLetter(bytes[index + count])
        return before && after
    }
}
