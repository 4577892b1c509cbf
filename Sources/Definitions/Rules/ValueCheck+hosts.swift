import Contract

/// Whether the hosts in a value are where this environment's are.
extension ValueCheck {
    func hosts(_ subject: ValueSubject) -> [ValueFlaw] {
        var flaws: [ValueFlaw] = []
        for address in subject.addresses {
            // One mistake is said once, however many hosts of a list have it.
            for flaw in flawsOf(address, subject) where !flaws.contains(where: { $0.rule == flaw.rule }) {
                flaws.append(flaw)
            }
        }
        if subject.addresses.isEmpty, let flaw = elsewhere(subject) { flaws.append(flaw) }
        return flaws
    }

    private func flawsOf(_ address: Address, _ subject: ValueSubject) -> [ValueFlaw] {
        let host = HostKind(address.host)
        let place = location(host, address, subject)
        return [
            place, example(host, address, subject), otherEnvironment(host, address, subject),
            place == nil ? insecure(host, address, subject) : nil,
        ].compactMap { $0 }
    }

    /// Of a secret not even the host is shown: what looks like one may be the end of a password.
    private func named(_ address: Address, _ subject: ValueSubject) -> String {
        subject.isSecret ? "a host" : "`\(address.host)`"
    }

    private func location(_ host: HostKind, _ address: Address, _ subject: ValueSubject) -> ValueFlaw? {
        guard kind != .development else { return nil }
        switch host {
        case .loopback:
            return ValueFlaw(
                rule: "value.loopback",
                message:
                    "`\(subject.name)` points at this machine\(subject.shown(", ", address.host, ",")) in \(environment).",
                fix: "Write the host's name as other machines reach it.")
        case .privateAddress(let range):
            return ValueFlaw(
                rule: "value.private-host",
                message:
                    "`\(subject.name)` points at \(named(address, subject)) in \(environment), which only one network knows (\(range)).",
                fix: "Write the host's name; if the network is \(environment)'s own, say so under `rules:`.")
        case .privateName(let suffix):
            return ValueFlaw(
                rule: "value.private-host", severity: .warning,
                message:
                    "`\(subject.name)` points at \(named(address, subject)) in \(environment), and `\(suffix)` names are known in one network only.",
                fix: "Write a name that \(environment)'s machines know; if this is one, say so under `rules:`.")
        case .example, .neighbour, .other: return nil
        }
    }

    private func example(_ host: HostKind, _ address: Address, _ subject: ValueSubject) -> ValueFlaw? {
        guard host == .example, kind == .production else { return nil }
        return ValueFlaw(
            rule: "value.example-domain",
            message: "`\(subject.name)` points at \(named(address, subject)), a domain for manuals, in \(environment).",
            fix: "Write the real domain.")
    }

    private func otherEnvironment(_ host: HostKind, _ address: Address, _ subject: ValueSubject) -> ValueFlaw? {
        guard host != .loopback, !OtherEnvironment.products.contains(address.host) else { return nil }
        // The last label says who gave the name out: `.dev` is a domain like `.com`.
        let rooted = address.host.hasSuffix(".") ? address.host.dropLast() : address.host[...]
        let name = rooted.lastIndex(of: ".").map { rooted[..<$0] } ?? rooted
        if strangerWords.stand(in: name), HostKind.ipv4(address.host) == nil,
            let other = OtherEnvironment.named(in: name, strangers)
        {
            return stranger(other, subject, "points at \(named(address, subject)), a host of")
        }
        guard strangerWords.stand(in: address.path), address.scheme.isEmpty == false, !address.scheme.hasPrefix("http"),
            let other = OtherEnvironment.named(in: address.path, strangers.filter(\.isDeclared))
        else { return nil }
        return stranger(other, subject, "names a database of")
    }

    private func stranger(_ other: OtherEnvironment, _ subject: ValueSubject, _ what: String) -> ValueFlaw {
        let isCertain = other.isDeclared && kind != .development
        return ValueFlaw(
            rule: "value.other-environment", severity: isCertain ? .error : .warning,
            message: "`\(subject.name)` \(what) `\(other.word)`, in \(environment).",
            fix: "Write \(environment)'s own.")
    }

    /// Values without a host: the environment's own name, and folders.
    private func elsewhere(_ subject: ValueSubject) -> ValueFlaw? {
        let value = subject.value
        guard !subject.isSecret, value.utf8.count <= 1024 else { return nil }
        if ValueSubject.saysEnvironment(subject.lastWord) {
            // Frameworks know few words: staging runs with NODE_ENV=production.
            let isFramework = ["NODE_ENV", "RAILS_ENV", "RACK_ENV", "MIX_ENV", "FLASK_ENV"].contains(subject.name)
            guard let other = strangers.first(where: { $0.word == value.lowercased() }),
                !(isFramework && kind == .staging && other.word == "production")
            else { return nil }
            return ValueFlaw(
                rule: "value.other-environment", message: "`\(subject.name)` says `\(value)`, in \(environment).",
                fix: "Write `\(environment)`.")
        }
        guard kind != .development, value.utf8.contains(0x2F), !value.utf8.contains(0x20),
            strangerWords.stand(in: value)
        else { return nil }
        let folders = value.split(separator: "/").filter { $0 != "dev" }
        guard let other = strangers.first(where: { $0.isDeclared && folders.contains($0.word[...]) }) else {
            return nil
        }
        return ValueFlaw(
            rule: "value.other-environment", severity: .warning,
            message: "`\(subject.name)` is in a folder of `\(other.word)`, in \(environment).",
            fix: "Write \(environment)'s own.")
    }

    // MARK: In clear

    private static let clear: [String: String] = [
        "http": "https", "ws": "wss", "ftp": "sftp", "redis": "rediss", "amqp": "amqps", "mqtt": "mqtts",
        "ldap": "ldaps",
    ]

    /// What leaves the machine outside development is encrypted.
    private func insecure(_ host: HostKind, _ address: Address, _ subject: ValueSubject) -> ValueFlaw? {
        guard kind != .development, host == .other || host == .example else { return nil }
        if let secure = Self.clear[address.scheme] {
            return ValueFlaw(
                rule: "value.insecure",
                message:
                    "`\(subject.name)` goes to \(named(address, subject)) in clear, by `\(address.scheme):`, in \(environment).",
                fix: "Write `\(secure)://`.")
        }
        guard address.scheme.hasPrefix("postgres") else { return nil }
        let mode = address.parameters["sslmode"]
        if let mode, ["disable", "allow"].contains(mode) {
            return ValueFlaw(
                rule: "value.insecure",
                message:
                    "`\(subject.name)` asks \(named(address, subject)) for no encryption, by `sslmode=\(mode)`, in \(environment).",
                fix: "Write `sslmode=verify-full`, or `require` at the least.")
        }
        guard mode == nil || mode == "prefer" else { return nil }
        return ValueFlaw(
            rule: "value.insecure", severity: .warning,
            message:
                "`\(subject.name)` does not insist on encryption to \(named(address, subject)), in \(environment).",
            fix: "Add `sslmode=verify-full`, or `require` at the least.")
    }
}
