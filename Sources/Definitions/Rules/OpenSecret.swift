import Contract

/// A secret that stands where everybody can read it.
enum OpenSecret {
    /// What a plain value holds that nobody should see, as the end of "NAME holds …".
    static func reason(_ subject: ValueSubject) -> String? {
        let value = subject.value
        if value.holds("PRIVATE KEY-----") { return "a private key" }
        if let shape = ProviderKey.of(value), shape.use != .publishable, value.utf8.count >= 20,
            value.contains(where: \.isNumber)
        {
            return "a key of \(shape.owner)"
        }
        if subject.token?.role == "service_role" { return "a service-role key" }
        let hasPassword = subject.addresses.contains { address in
            guard let password = address.password else { return false }
            return !password.isEmpty && !password.hasPrefix("$")
        }
        return hasPassword ? "an address with a password" : nil
    }
}

extension ValueCheck {
    func openSecret(_ subject: ValueSubject) -> [ValueFlaw] {
        guard !subject.isSecret, let reason = OpenSecret.reason(subject) else { return [] }
        // The password of a database on one's own machine is no secret.
        if kind == .development, subject.addresses.contains(where: { $0.password != nil }) { return [] }
        return [
            ValueFlaw(
                rule: "value.holds-secret",
                message: "`\(subject.name)` holds \(reason), in the open under `variables`.",
                fix:
                    "Move it to `secrets:`, call it `secret` in its contract, and replace the key: it is in version control."
            )
        ]
    }
}
