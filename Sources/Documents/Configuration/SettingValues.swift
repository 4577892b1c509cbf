/// How a variable's text becomes a value.
package enum SettingValues {
    /// `250ms`, `30s`, `5m`, `12h`, `30d`.
    package static func duration(_ text: String) throws(SettingsReader.Unfit) -> Duration {
        let digits = text.prefix { $0.isNumber }
        let milliseconds: [Substring: Int64] = [
            "ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
        ]
        guard let number = Int64(digits), number <= 1_000_000_000, let factor = milliseconds[text[digits.endIndex...]]
        else { throw .init("must be a duration such as 250ms, 30s, 5m, 12h or 30d") }
        return .milliseconds(number * factor)
    }

    /// An address with scheme and host, without a slash at its end.
    package static func url(_ text: String) throws(SettingsReader.Unfit) -> String {
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix),
            let host = text.dropFirst(scheme.count).first, host != "/", !text.contains(where: \.isWhitespace)
        else { throw .init("must be an address that begins with http:// or https://") }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    /// Parts between commas; brackets and quotes of a JSON list are understood as well.
    package static func list(_ text: String) -> [String] {
        var inner = text[...]
        if inner.hasPrefix("["), inner.hasSuffix("]"), inner.contains("\"") || inner == "[]" {
            inner = inner.dropFirst().dropLast()
        }
        return inner.split(separator: ",").map { part in
            String(part.drop { $0 == " " || $0 == "\"" }.reversed().drop { $0 == " " || $0 == "\"" }.reversed())
        }.filter { !$0.isEmpty }
    }
}

/// The keys that sign tokens, by `kid`. New tokens are signed with the first; every one of them verifies.
package struct SigningKeys: Sendable, Equatable {
    package struct Key: Sendable, Equatable {
        package var id: String
        package var secret: Credential
    }

    package var keys: [Key]

    package var current: Key? { keys.first }

    /// `kid:secret,kid2:secret2`; a bare secret has the kid `default`. Each has 256 bits or more.
    package init(_ text: String) throws(SettingsReader.Unfit) {
        var keys: [Key] = []
        for part in text.split(separator: ",") {
            let halves = part.split(separator: ":", maxSplits: 1)
            let named = halves.count == 2 && halves[0].allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
            let id = named ? String(halves[0]) : "default"
            let secret = named ? String(halves[1]) : String(part)
            guard secret.utf8.count >= 32 else {
                throw .init("holds the key \(named ? id : "default") with less than 256 bits (32 bytes)")
            }
            guard !keys.contains(where: { $0.id == id }) else { throw .init("holds the key \(id) twice") }
            keys.append(Key(id: id, secret: Credential(secret)))
        }
        guard !keys.isEmpty else { throw .init("holds no key") }
        self.keys = keys
    }
}
