import Contract

/// Whether a key is of the kind that its variable asks for, works on this environment's data, and still holds.
extension ValueCheck {
    // MARK: The wrong kind

    func wrongKind(_ subject: ValueSubject) -> ValueFlaw? {
        let value = subject.value
        if let token = subject.token { return wrongToken(token, subject) }
        if value.hasPrefix("-----BEGIN ") { return wrongPEM(subject) }
        if let flaw = wrongShape(subject) { return flaw }
        switch subject.format {
        case .jwt where !value.hasPrefix("sb_"):
            return wrong(
                subject, "holds no JSON Web Token", "Copy the whole token: three parts with dots between them.")
        case .apiKey where value.contains("://"):
            return wrong(subject, "holds an address instead of a key", "Copy the key from the provider.")
        case .certificate:
            return wrong(subject, "holds no PEM certificate", "Write it from `-----BEGIN CERTIFICATE-----` on.")
        case .signingKeys where value.contains("://"), .password where value.contains("://"):
            return wrong(subject, "holds an address instead of a secret", "Put the secret where it comes from.")
        default: return nil
        }
    }

    private func wrong(_ subject: ValueSubject, _ what: String, _ fix: String) -> ValueFlaw {
        ValueFlaw(rule: "secret.wrong-kind", message: "`\(subject.name)` \(what).", fix: fix)
    }

    private func wrongToken(_ token: WebToken, _ subject: ValueSubject) -> ValueFlaw? {
        switch subject.format {
        case .apiKey:
            return wrong(
                subject, "holds a JSON Web Token\(issuer(token)), and its contract asks for a provider's key",
                "Copy the key from the provider.")
        case .signingKeys:
            return wrong(
                subject, "holds a token\(issuer(token)) instead of the key that signs tokens",
                "Put the signing key where it comes from.")
        case .password, .encryptionKey, .certificate, .databaseURL, .brokerURL, .origins:
            return wrong(subject, "holds a JSON Web Token\(issuer(token))", "Put the right value where it comes from.")
        case .jwt, nil: break
        }
        guard let expected = subject.role ?? role(named: subject) else { return nil }
        guard let role = token.role else {
            guard subject.role != nil else { return nil }
            return wrong(
                subject, "holds a token without a role, and `\(expected)` is asked for",
                "Copy the key of the role `\(expected)`.")
        }
        guard role != expected else { return nil }
        return wrong(
            subject, "holds a key of the role \(shown(role)), and `\(expected)` is asked for",
            "Copy the key of the role `\(expected)`.")
    }

    /// Claims are part of the value; well-known words are no secret.
    private func shown(_ role: String) -> String {
        ["anon", "service_role", "authenticated", "admin"].contains(role) ? "`\(role)`" : "another name"
    }

    private func issuer(_ token: WebToken) -> String {
        token.iss?.hasPrefix("supabase") == true ? " of Supabase" : ""
    }

    /// Supabase's two keys are mixed up most: one is for everybody, the other opens everything.
    private func role(named subject: ValueSubject) -> String? {
        let words = subject.words
        guard words.contains("SUPABASE") else { return nil }
        if words.contains("ANON") { return "anon" }
        return words.contains("SERVICE") ? "service_role" : nil
    }

    private func wrongPEM(_ subject: ValueSubject) -> ValueFlaw? {
        let isPrivate = subject.value.contains("PRIVATE KEY-----")
        let words = subject.words
        switch subject.format {
        case .certificate where !subject.value.contains("BEGIN CERTIFICATE"):
            return wrong(
                subject, isPrivate ? "holds a private key instead of a certificate" : "holds no certificate",
                "Write the PEM text that begins with `-----BEGIN CERTIFICATE-----`.")
        case .signingKeys, .apiKey, .jwt, .password, .databaseURL, .brokerURL:
            return wrong(subject, "holds PEM text, which it cannot be", "Put the right value where it comes from.")
        default: break
        }
        if words.contains("PRIVATE"), !isPrivate {
            return wrong(
                subject, "holds a public key or a certificate instead of a private key",
                "Write the PEM text whose first line ends with `PRIVATE KEY-----`.")
        }
        if words.contains("PUBLIC"), isPrivate {
            return wrong(
                subject, "holds a private key instead of a public one",
                "Write the public key, and replace the private one: it may have been seen.")
        }
        return nil
    }

    private func wrongShape(_ subject: ValueSubject) -> ValueFlaw? {
        guard let shape = ProviderKey.of(subject.value) else { return nil }
        if subject.format == .signingKeys || subject.format == .encryptionKey {
            return wrong(
                subject, "holds a key of \(shape.owner), and not one of your own", "Put the key where it comes from.")
        }
        if let owner = ProviderKey.owner(named: subject.name), owner != shape.owner {
            return wrong(
                subject, "holds a key of \(shape.owner) instead of one of \(owner)", "Copy the key from \(owner).")
        }
        if subject.format == .jwt, let role = subject.role ?? role(named: subject), shape.owner == "Supabase" {
            let isRight = (shape.use == .publishable) == (role == "anon")
            if isRight { return nil }
            return wrong(
                subject,
                "holds Supabase's \(shape.use == .publishable ? "publishable" : "secret") key, and `\(role)` is asked for",
                "Copy the \(role == "anon" ? "publishable" : "secret") key.")
        }
        let words = subject.words
        if shape.use == .publishable, words.contains("SECRET") {
            return wrong(subject, "holds a publishable key instead of the secret one", "Copy the secret key.")
        }
        if shape.use == .secret, words.contains("PUBLISHABLE") || words.contains("PUBLIC") {
            return wrong(
                subject, "holds a secret key where the publishable one belongs",
                "Copy the publishable key, and replace the secret one: everybody could read it.")
        }
        return nil
    }

    // MARK: The wrong stage

    func stage(_ subject: ValueSubject) -> [ValueFlaw] {
        if subject.token?.iss == "supabase-demo", kind != .development {
            return [
                ValueFlaw(
                    rule: "secret.test-key",
                    message: "`\(subject.name)` holds the key that every local Supabase has, in \(environment).",
                    fix: "Copy the key of \(environment)'s own project.")
            ]
        }
        guard looksLikeKey(subject), let stage = ProviderKey.stage(subject.value) else { return [] }
        if !stage.isLive, kind == .production {
            return [
                ValueFlaw(
                    rule: "secret.test-key",
                    message: "`\(subject.name)` holds a test key (`\(stage.beginning)…`) in \(environment).",
                    fix: "Put the live key where it comes from.")
            ]
        }
        guard stage.isLive, kind != .production else { return [] }
        return [
            ValueFlaw(
                rule: "secret.live-key", severity: .warning,
                message: "`\(subject.name)` holds a live key (`\(stage.beginning)…`) in \(environment).",
                fix: "Put the provider's test key where it comes from.")
        ]
    }

    private func looksLikeKey(_ subject: ValueSubject) -> Bool {
        if subject.isSecret || subject.format == .apiKey { return !subject.value.holds("://") }
        return ["KEY", "TOKEN", "SECRET"].contains(subject.lastWord)
    }

    // MARK: Expiry

    /// How long before its end a secret is warned of.
    package static let expiryNotice = 30 * 86_400

    func expiry(_ subject: ValueSubject) -> [ValueFlaw] {
        guard let end = subject.token?.exp, end < 253_402_300_800 else { return [] }
        return Self.expiry(of: "the token in `\(subject.name)`", at: Int(end), now: now).map { [$0] } ?? []
    }

    /// What is said of something that ends at `end`, seconds since 1970; nil when that is far away.
    ///
    /// - Parameter what: the beginning of the sentence.
    package static func expiry(of what: String, at end: Int, now: Int) -> ValueFlaw? {
        guard end - now <= expiryNotice else { return nil }
        let day = CalendarDate.text(end)
        if end <= now {
            return ValueFlaw(
                rule: "secret.expiry", message: "\(what) expired on \(day).", fix: "Replace it by a new one.")
        }
        let days = (end - now + 86_399) / 86_400
        return ValueFlaw(
            rule: "secret.expiry", severity: .warning,
            message: "\(what) expires on \(day), in \(days) \(days == 1 ? "day" : "days").",
            fix: "Replace it by a new one before that.")
    }
}
