/// Values that somebody meant to replace, as the example files of real projects have them.
enum Placeholder {
    /// Whether a plain value is one. Text for people may say `your upload`; a single word may not.
    static func isLikely(_ value: String) -> Bool {
        guard value.utf8.count <= 512 else { return false }
        if isBracketed(value) || isRubberStamp(value, of: "xX*?#") || wholly.contains(joined(value)) { return true }
        return !value.utf8.contains(0x20) && hasTellingWords(value)
            || value.utf8.contains { $0 == 0x3C || $0 == 0x5B } && value.holds("://") && hasHole(value)
    }

    /// Whether a secret's value is one: words that cannot be a key count too.
    static func isLikelySecret(_ value: String) -> Bool {
        guard value.utf8.count <= 4096 else { return false }
        let word = joined(value)
        if wholly.contains(word) || noKeys.contains(word) || noKeys.contains(value.lowercased()) { return true }
        if isBracketed(value) || isRubberStamp(value, of: "xX*.?_#•") || isLeftOver(value) { return true }
        // What stands between brackets in a random text is random, too.
        if hasHole(value, ofKnownWords: !value.contains("://")) { return true }
        guard value.utf8.count <= 512 else { return false }
        if value.hasSuffix("EXAMPLE") || value.hasSuffix("EXAMPLEKEY") || value.hasSuffix("...") { return true }
        if value.hasSuffix("…") || documented.contains(value) { return true }
        return hasTellingWords(value) || hasWordsOfNoKey(value)
    }

    /// Whether a piece of an address, such as its password, is one.
    static func isLikelyPassword(_ value: String) -> Bool { isLikelySecret(value) }

    // MARK: What it is as a whole

    private static let wholly: Set<String> = [
        "changeme", "changethis", "changeit", "changemeplease", "pleasechangeme", "pleasechange", "replaceme",
        "replacethis", "replace", "todo", "tbd", "tba", "fixme", "placeholder", "testkey", "insertkeyhere",
        "fillmein", "fillin", "fillme", "setme", "xxx", "yourkey", "notarealkey",
    ]

    private static let noKeys: Set<String> = [
        "secret", "password", "passwd", "pass", "passw0rd", "pw", "key", "token", "apikey", "secretkey", "mysecret",
        "mysecretkey", "supersecret", "supersecretkey", "topsecret", "mypassword", "mykey", "myapikey", "mytoken",
        "test", "testing", "testsecret", "testtoken", "testpassword", "testapikey", "demo", "demokey", "example",
        "examplekey", "dummy", "dummykey", "fake", "fakekey", "sample", "none", "null", "nil", "undefined", "na", "n/a",
        "empty", "value", "string", "foo", "bar", "foobar", "baz", "abc", "abc123", "s3cret", "s3cr3t", "admin",
        "root", "default", "temp", "tmp", "asdf", "qwerty", "123456", "12345678", "123456789", "1234567890", "letmein",
        "hunter2", "jwtsecret", "jwtkey", "jwtsecretkey", "sessionsecret", "encryptionkey", "accesstoken",
        "secrettoken", "clientsecret", "secrethere", "keyhere", "yes", "no", "true", "false", "hidden", "redacted",
        "masked", "removed", "-", "?", "…",
    ]

    /// Keys that manuals print, and that thousands copied.
    private static let documented: Set<String> = [
        "super-secret-jwt-token-with-at-least-32-characters-long", "your-256-bit-secret",
        "a-string-secret-at-least-256-bits-long",
        "keyboard cat", "shhhhh", "shhhhhared-secret", "thisisasecret",
    ]

    /// `xxxx`, `****`, `????`; dots and lines are ornaments in a text for people.
    private static func isRubberStamp(_ value: String, of stamps: String) -> Bool {
        guard value.utf8.count >= 3, let first = value.utf8.first, value.utf8.allSatisfy({ $0 == first }) else {
            return false
        }
        return stamps.utf8.contains(first)
    }

    /// `<key>`, `[YOUR-KEY]`, `{{key}}`, `__KEY__`, `%KEY%`.
    private static func isBracketed(_ value: String) -> Bool {
        guard let first = value.utf8.first, "<{_%[@".utf8.contains(first) || first > 0x7F else { return false }
        for (open, close) in [("<", ">"), ("{{", "}}"), ("__", "__"), ("%", "%"), ("[", "]"), ("«", "»"), ("@@", "@@")]
        {
            guard value.hasPrefix(open), value.hasSuffix(close), value.count > open.count + close.count else {
                continue
            }
            let inner = value.dropFirst(open.count).dropLast(close.count)
            guard !inner.contains(where: { "<>[]{}\"'/\n@".contains($0) }), inner.contains(where: \.isLetter) else {
                continue
            }
            // Between other brackets than these, lists and names of one's own are at home.
            return open == "<" || open == "{{" || inner == inner.uppercased()
        }
        return false
    }

    // MARK: What stands in it

    /// `${KEY}`, `$KEY`, `$(KEY)`: what a shell or a template should have replaced.
    private static func isLeftOver(_ value: String) -> Bool {
        if let start = value.firstRange(of: "${"), let end = value[start.upperBound...].firstIndex(of: "}") {
            let name = value[start.upperBound..<end].prefix { $0 != ":" && $0 != "-" && $0 != "." }
            if name.count > 2, Names.isVariable(String(name)) { return true }
        }
        if let start = value.firstRange(of: "{{"), let end = value[start.upperBound...].firstRange(of: "}}") {
            let name = value[start.upperBound..<end.lowerBound].filter { $0 != " " }
            if name.count > 2, name.allSatisfy({ $0.isLetter || $0.isASCIIDigit || "._-".contains($0) }) { return true }
        }
        guard value.hasPrefix("$") else { return false }
        let name = value.dropFirst().filter { $0 != "(" && $0 != ")" }
        return name.count > 2 && Names.isVariable(name) && name == name.uppercased() && name.contains(where: \.isLetter)
    }

    /// `<password>` or `[YOUR-PASSWORD]` inside a text.
    ///
    /// - Parameter ofKnownWords: whether only words that name what is missing are one.
    private static func hasHole(_ value: String, ofKnownWords: Bool = false) -> Bool {
        for (open, close) in [(Character("<"), Character(">")), ("[", "]")] {
            guard let start = value.firstIndex(of: open), let end = value[start...].firstIndex(of: close) else {
                continue
            }
            let inner = value[value.index(after: start)..<end]
            guard (3...40).contains(inner.count), inner.first?.isLetter == true,
                inner.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isASCIIDigit || " _-".contains($0)) })
            else { continue }
            if ofKnownWords, !words(String(inner)).contains(where: isNameOfMissing) { continue }
            if open == "<" || inner == inner.uppercased() || inner.lowercased().hasPrefix("your") { return true }
        }
        return false
    }

    private static func isNameOfMissing(_ word: Substring) -> Bool {
        yours.contains(word) || word == "your" || word == "pass" || word == "value" || word == "api"
    }

    private static let orders: Set<Substring> = [
        "insert", "enter", "put", "add", "paste", "fill", "replace", "change", "set", "provide", "generate", "type",
    ]
    private static let objects: Set<Substring> = [
        "your", "me", "this", "it", "in", "with", "here", "my", "the", "a", "real", "actual", "before", "key", "value",
        "secret", "token", "password", "by",
    ]
    private static let yours: Set<Substring> = [
        "domain", "domainname", "company", "app", "project", "projectref", "projectid", "site", "website", "secret",
        "secretkey", "password", "key", "token", "apikey", "name", "username", "user", "host", "hostname", "database",
        "dbname", "db", "bucket", "org", "organization", "account", "team", "email", "workspace", "region", "server",
        "url", "endpoint", "jwtsecret", "id",
    ]
    private static let inOneWord: Set<Substring> = [
        "changeme", "changethis", "changeit", "replaceme", "replacethis", "fixme",
    ]

    /// What every text with telling words has somewhere; few others do.
    private static let beginnings = Beginnings([
        "chang", "repl", "fixme", "xxxx", "your", "here", "me", "this", "insert",
    ])

    /// Words, between separators, that nobody has in a real value: `your-…`, `…-here`, `change-me`, `xxxx`.
    private static func hasTellingWords(_ value: String) -> Bool {
        guard beginnings.stand(in: value) else { return false }
        let words = Self.words(value)
        guard !words.isEmpty else { return false }
        for (index, word) in words.enumerated() {
            let next = index + 1 < words.count ? words[index + 1] : nil
            if inOneWord.contains(word) || isCrossedOut(word, in: value) { return true }
            if word == "your", next != nil { return true }
            if word.hasPrefix("your"), yours.contains(word.dropFirst(4)) { return true }
            if word == "change" || word == "replace", let next, ["me", "this", "it"].contains(next) { return true }
        }
        if words.count > 1, words.last == "here" { return true }
        guard words.count > 1, let first = words.first, orders.contains(first), objects.contains(words[1]) else {
            return false
        }
        // `add-key` may be the name of something; `add-your-key` is nobody's.
        return words[1] == "your" || words.last == "here" || words.contains("me") || words.contains("this")
            || first == "change" || first == "replace" || first == "insert"
    }

    private static let ofNoKey: Set<Substring> = [
        "placeholder", "dummy", "fake", "sample", "todo", "tbd", "redacted", "notreal", "foobar",
    ]

    private static func hasWordsOfNoKey(_ value: String) -> Bool {
        guard !value.holds("://"), !value.hasPrefix("sqlite:") else { return false }
        let words = Self.words(value)
        if words.count <= 6, words.contains(where: ofNoKey.contains) { return true }
        // `sk-test-key`, `example-api-key`: nothing but such words.
        let plain: Set<Substring> = [
            "sk", "pk", "llx", "test", "example", "key", "secret", "token", "api", "apikey", "my", "the", "jwt",
            "password", "demo", "super", "value", "default",
        ]
        return words.count > 1 && words.allSatisfy(plain.contains)
    }

    /// `xxxx` in one case; three are enough when nothing else is there.
    private static func isCrossedOut(_ word: Substring, in value: String) -> Bool {
        guard word.utf8.count >= 4, word.utf8.allSatisfy({ $0 == 0x78 }) else { return false }
        return value.contains(word) || value.contains(word.uppercased())
    }

    /// Runs of letters and digits, in lower case.
    private static func words(_ value: String) -> [Substring] {
        value.lowercased().runsOfLettersAndDigits
    }

    /// Letters and digits alone, in lower case.
    private static func joined(_ value: String) -> String {
        guard value.utf8.count <= 40 else { return "" }
        return value.lowercased().lettersAndDigits
    }
}
