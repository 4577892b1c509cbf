import Contract

/// Whether a secret is strong enough for what it is used for.
extension ValueCheck {
    func weakness(_ subject: ValueSubject) -> [ValueFlaw] {
        let flaws = subject.addresses.compactMap { weakPassword($0, subject) }.prefix(1)
        guard subject.isSecret else { return Array(flaws) }
        switch subject.format {
        case .signingKeys: return signingKeys(subject)
        case .encryptionKey: return encryptionKey(subject)
        case .password: return password(subject.value, subject, user: nil).map { [$0] } ?? []
        case .apiKey: return apiKey(subject)
        case .databaseURL, .brokerURL: return Array(flaws)
        case .jwt, .certificate, .origins: return []
        case nil: return Array(flaws) + (subject.addresses.isEmpty ? undeclared(subject) : [])
        }
    }

    /// In development, what can be guessed is a matter of taste; elsewhere it is a hole.
    private func weak(_ subject: ValueSubject, _ what: String, fix: String) -> ValueFlaw {
        ValueFlaw(rule: "secret.weak", message: "\(what).", fix: fix)
    }

    private func signingKeys(_ subject: ValueSubject) -> [ValueFlaw] {
        let fix = "Make one with `openssl rand -base64 48`."
        let parts = subject.value.split(separator: ",")
        return parts.enumerated().compactMap { index, part in
            let halves = part.split(separator: ":", maxSplits: 1)
            let isNamed = halves.count == 2 && halves[0].allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
            let key = isNamed ? String(halves[1]) : String(part)
            // A name before a colon may be the beginning of a key that has a colon in it.
            let which = parts.count > 1 ? "key \(index + 1) of `\(subject.name)`" : "`\(subject.name)`"
            if key.utf8.count < 32 {
                return weak(
                    subject, "\(which) has \(key.utf8.count * 8) bits, and HS256 asks for 256 or more (32 characters)",
                    fix: fix)
            }
            guard kind != .development, let reason = Guessing.weakness(key) else { return nil }
            return weak(subject, "\(which) can be guessed: it \(reason)", fix: fix)
        }
    }

    private func encryptionKey(_ subject: ValueSubject) -> [ValueFlaw] {
        let text = subject.value.hasPrefix("base64:") ? String(subject.value.dropFirst(7)) : subject.value
        let decoded = Hexadecimal.bytes(text)?.count ?? Base64.decode(text)?.count
        let sizes = [16, 24, 32, 48, 64]
        let fix = "Make one with `openssl rand -base64 32`."
        guard sizes.contains(decoded ?? 0) || sizes.contains(text.utf8.count) else {
            let size = decoded ?? text.utf8.count
            return [
                weak(
                    subject, "`\(subject.name)` is a key of \(size) bytes, and ciphers take 16, 24 or 32 (AES-256: 32)",
                    fix: fix)
            ]
        }
        guard kind != .development, let reason = Guessing.weakness(text) else { return [] }
        return [weak(subject, "`\(subject.name)` can be guessed: it \(reason)", fix: fix)]
    }

    private func apiKey(_ subject: ValueSubject) -> [ValueFlaw] {
        guard kind != .development else { return [] }
        let fix = "Copy the whole key from the provider."
        if subject.value.utf8.count < 16 {
            return [
                weak(
                    subject,
                    "`\(subject.name)` has \(subject.value.utf8.count) characters, too few for a provider's key",
                    fix: fix)
            ]
        }
        // What stands behind the provider's prefix is random.
        let body = subject.value.split(whereSeparator: { "-_".contains($0) }).max { $0.count < $1.count } ?? ""
        guard let reason = Guessing.weakness(String(body)) ?? Guessing.weakness(subject.value) else { return [] }
        return [weak(subject, "`\(subject.name)` is no real key: it \(reason)", fix: fix)]
    }

    private func weakPassword(_ address: Address, _ subject: ValueSubject) -> ValueFlaw? {
        guard kind != .development, let text = address.password, !text.isEmpty else { return nil }
        return password(text, subject, user: address.user)
    }

    private func password(_ text: String, _ subject: ValueSubject, user: String?) -> ValueFlaw? {
        guard kind != .development else { return nil }
        let which = user == nil ? "`\(subject.name)`" : "the password in `\(subject.name)`"
        let fix = "Make one with `openssl rand -hex 24`."
        if let user, text.lowercased() == user.lowercased() {
            return weak(subject, "\(which) is the user's name", fix: fix)
        }
        let count = text.unicodeScalars.count
        if count < 12 { return weak(subject, "\(which) has \(count) characters, and 12 are the least", fix: fix) }
        guard let reason = Guessing.weakness(text, allowsPhrases: true) else { return nil }
        return weak(subject, "\(which) can be guessed: it \(reason)", fix: fix)
    }

    /// No contract says what it is, so only what no secret may be is said; a name that signs tokens is believed.
    private func undeclared(_ subject: ValueSubject) -> [ValueFlaw] {
        guard kind != .development, !subject.value.holds("PRIVATE KEY-----"), subject.token == nil else { return [] }
        let words = subject.words
        if words.contains("JWT"), words.contains(where: { ["SECRET", "KEY", "KEYS"].contains($0) }),
            !words.contains("PUBLIC"), !words.contains("ID")
        {
            return signingKeys(subject)
        }
        guard let hint = ["SECRET", "PASSWORD", "KEY", "TOKEN"].first(where: { words.last == $0[...] }) else {
            return []
        }
        let count = subject.value.utf8.count
        if count < 8 {
            return [
                weak(
                    subject, "`\(subject.name)` has \(count) characters, too few for a \(hint.lowercased())",
                    fix: "Make one with `openssl rand -hex 24`, or ask for one where it is given out.")
            ]
        }
        guard let reason = Guessing.weakness(subject.value, allowsPhrases: true) else { return [] }
        return [
            weak(
                subject, "`\(subject.name)` can be guessed: it \(reason)",
                fix: "Make one with `openssl rand -hex 24`, or ask for one where it is given out.")
        ]
    }
}
