/// Whether a text may be a secret, by how it looks or by what it is called. It errs on the side of hiding: what it takes for
/// one is only not shown.
enum SecretShape {
    private static let beginnings = [
        "sk-", "sk_", "pk_", "rk_", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxa", "xoxb", "xoxp",
        "xapp-",
        "AKIA", "ASIA", "AIza", "ya29.", "llx-", "hvs.", "hvb.", "SG.", "eyJ", "AGE-SECRET-KEY-", "dop_v1_", "shpat_",
        "npm_", "pypi-", "whsec_", "-----BEGIN", "Bearer ", "Basic ",
    ]

    private static let words: Set<String> = [
        "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASS", "PWD", "PASSPHRASE", "PASSCODE", "TOKEN", "TOKENS", "KEY",
        "KEYS",
        "APIKEY", "CREDENTIAL", "CREDENTIALS", "PRIVATE", "AUTH", "AUTHORIZATION", "BEARER", "JWT", "DSN", "SALT",
        "SEED",
        "PIN", "SIGNATURE", "COOKIE", "SESSION", "WEBHOOK", "PEM",
    ]

    /// Whether something of this name holds a secret: `JWT_SECRET`, `api-key`, `dbPassword`.
    static func isName(_ name: String) -> Bool {
        var word = ""
        var wasLower = false
        for character in name {
            let startsWord = wasLower && character.isUppercase
            if startsWord || !(character.isLetter || character.isNumber) {
                if words.contains(word.uppercased()) { return true }
                word = ""
            }
            if character.isLetter || character.isNumber { word.append(character) }
            wasLower = character.isLowercase
        }
        return words.contains(word.uppercased())
    }

    private static let separators = Array(" \t\n\r/?&=:,;@.\"'(){}[]<>".utf8)

    /// Whether the text looks like a key, a token, or an address that carries one.
    static func isLikely(_ text: String) -> Bool {
        if beginnings.contains(where: { text.hasPrefix($0) && text.utf8.count >= $0.utf8.count + 5 }) { return true }
        if text.holds("-----BEGIN") || hasUserInformation(text) { return true }
        let pieces = text.utf8.split(whereSeparator: separators.contains)
        if pieces.contains(where: isRandom) { return true }
        // `password=…` and `{"token": "…"}` within a longer text.
        return pieces.count > 1 && text.utf8.contains { $0 == 0x3D || $0 == 0x7B }
            && pieces.contains { isName(String(Substring($0))) }
    }

    /// `scheme://user:password@host`, and `scheme://token@host`.
    private static func hasUserInformation(_ text: String) -> Bool {
        guard let mark = text.schemeMark else { return false }
        return text[mark.upperBound...].contains("@")
    }

    /// At least 16 letters and digits that are no words: letters mixed with digits, or cases mixed within a word.
    private static func isRandom(_ piece: Substring.UTF8View) -> Bool {
        guard piece.count >= 16 else { return false }
        var longest = 0
        var mixed = 0
        for word in piece.split(whereSeparator: { $0 == 0x2D || $0 == 0x5F }) {
            let digits = word.count { (0x30...0x39).contains($0) }
            let upper = word.count { (0x41...0x5A).contains($0) }
            let lower = word.count { (0x61...0x7A).contains($0) }
            let capitalised = upper == 1 && word.first.map { (0x41...0x5A).contains($0) } ?? false
            let kinds =
                [digits, capitalised ? 0 : upper, lower].count { $0 > 0 }
                + (digits + upper + lower < word.count ? 1 : 0)
            if kinds > 1 { mixed += word.count }
            longest = max(longest, word.count)
        }
        return mixed >= 12 || longest >= 24
    }
}
