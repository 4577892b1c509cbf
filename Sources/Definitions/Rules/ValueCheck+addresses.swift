import Contract

/// Whether addresses of databases and brokers parse for their drivers.
extension ValueCheck {
    private static let databases = [
        "sqlite", "postgresql", "postgres", "mysql", "mariadb", "mongodb", "mongodb+srv", "sqlserver", "mssql",
        "oracle",
        "cockroachdb", "clickhouse", "redshift", "snowflake", "duckdb", "file",
    ]
    private static let brokers = [
        "amqp", "amqps", "redis", "rediss", "valkey", "valkeys", "nats", "tls", "kafka", "mqtt", "mqtts", "stomp",
        "pulsar",
        "pulsar+ssl", "unix", "sqs", "https",
    ]

    func addressForm(_ subject: ValueSubject) -> [ValueFlaw] {
        let value = subject.value
        let known = subject.format == .databaseURL ? Self.databases : subject.format == .brokerURL ? Self.brokers : nil
        guard let mark = value.schemeMark else {
            guard let known, !value.hasPrefix("sqlite:"), !value.hasPrefix("file:"), subject.addresses.isEmpty else {
                return []
            }
            // The form that its contract asks for has been found missing already.
            guard form(subject).isEmpty else { return [] }
            return [
                flaw(subject, "holds no address", "Write one that begins with `\(known[1])://`.")
            ]
        }
        let scheme = value[..<mark.lowerBound].lowercased()
        if let known, let wrong = wrongScheme(scheme, known, subject) { return [wrong] }
        let isDatabase = known != nil || Self.databases.contains(scheme) || Self.brokers.dropLast().contains(scheme)
        guard isDatabase, scheme != "sqlite", scheme != "file", cutShort(subject) == nil else { return [] }
        return [missingName(scheme, subject), sslMode(subject)].compactMap { $0 }
    }

    private func flaw(_ subject: ValueSubject, _ what: String, _ fix: String) -> ValueFlaw {
        ValueFlaw(rule: "value.address", message: "`\(subject.name)` \(what).", fix: fix)
    }

    private func wrongScheme(_ scheme: String, _ known: [String], _ subject: ValueSubject) -> ValueFlaw? {
        guard !known.contains(scheme) else { return nil }
        // A contract may want a driver in it; then its pattern says so.
        if subject.declarations.contains(where: { $0.pattern != nil }), form(subject).isEmpty { return nil }
        let plain = scheme.hasPrefix("jdbc:") ? String(scheme.dropFirst(5)) : scheme
        let base = String(plain.prefix { $0 != "+" })
        if known.contains(base) {
            let part = plain == base ? "`jdbc:`" : "the driver `\(plain.dropFirst(base.count))`"
            return flaw(
                subject, "begins with \(part), which one language's library reads and others do not",
                "Write `\(base)://`, or allow it by `pattern` in the contract.")
        }
        let nearest = Suggestion.nearest(to: base, among: known)
        // What is like no scheme may be a part of the secret.
        let isShown = nearest != nil || ["http", "https"].contains(scheme)
        let shown = isShown ? " with `\(scheme)://`" : ""
        return flaw(
            subject, "begins\(shown), which is no \(subject.format == .brokerURL ? "broker" : "database")",
            "Write `\(nearest ?? known[1])://`.")
    }

    /// Characters of a user or password that end it too early unless they are written as `%..`. What follows them is not
    /// what it seems, so that nothing else can be said of the address.
    func cutShort(_ subject: ValueSubject) -> ValueFlaw? {
        guard subject.value.utf8.contains(0x40), subject.format != .certificate, subject.kind != .list,
            let mark = subject.value.schemeMark
        else { return nil }
        let rest = subject.value[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let tail = rest[authority.endIndex...]
        if authority.filter({ $0 == "@" }).count > 1 { return unencoded("@", subject) }
        if !authority.contains("@"), let first = tail.first, tail.contains("@"), authority.contains(":") {
            // Behind `?` an `@` may stand; before it, the password was cut short.
            let before = first == "?" ? tail : tail.prefix { $0 != "?" }
            let port = authority.split(separator: ":").last.flatMap { Quantity.integer(String($0)) }
            if before.contains("@"), port == nil || first != "?" { return unencoded(first, subject) }
        }
        guard let at = authority.lastIndex(of: "@") else { return nil }
        let user = authority[..<at]
        if let percent = user.firstIndex(of: "%"), !isEncoded(user[percent...]) { return unencoded("%", subject) }
        for part in user.split(separator: "%").dropFirst() where !isEncoded("%" + part) {
            return unencoded("%", subject)
        }
        return user.first { " \"<>\\^`{|}[]".contains($0) }.flatMap { unencoded($0, subject) }
    }

    private func isEncoded(_ text: some StringProtocol) -> Bool {
        let digits = text.utf8.dropFirst().prefix(2)
        return digits.count == 2 && digits.allSatisfy { Hexadecimal.value($0) != nil }
    }

    private func unencoded(_ character: Character, _ subject: ValueSubject) -> ValueFlaw? {
        guard let byte = character.asciiValue else { return nil }
        let code = "%" + Hexadecimal.text([byte]).uppercased()
        let shown = character == " " ? "a space" : "`\(character)`"
        return flaw(
            subject, "has \(shown) in its user or password, where the driver takes it for the end",
            "Write `\(code)` for \(shown) there.")
    }

    private func missingName(_ scheme: String, _ subject: ValueSubject) -> ValueFlaw? {
        let needsName = ["postgres", "mysql", "mariadb"].contains { scheme.hasPrefix($0) }
        guard needsName, let address = subject.addresses.first else { return nil }
        if address.path.drop(while: { $0 == "/" }).isEmpty, address.parameters["dbname"] == nil {
            return flaw(subject, "names no database", "Add the database's name: `\(scheme)://…/name`.")
        }
        return nil
    }

    private static let sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]

    private func sslMode(_ subject: ValueSubject) -> ValueFlaw? {
        guard let address = subject.addresses.first, address.scheme.hasPrefix("postgres"),
            let mode = address.parameters["sslmode"], !Self.sslModes.contains(mode)
        else { return nil }
        let nearest = Suggestion.nearest(to: mode, among: Self.sslModes)
        let shown = nearest == nil ? "an `sslmode`" : "`sslmode=\(mode)`"
        return flaw(
            subject, "asks for \(shown) that PostgreSQL does not know",
            "Write `sslmode=\(nearest ?? "verify-full")`; known are \(Self.sslModes.map { "`\($0)`" }.joined(separator: ", "))."
        )
    }
}
