/// Values that somebody meant to replace.
extension ValueCheck {
    func placeholder(_ subject: ValueSubject) -> ValueFlaw? {
        if let flaw = passwordPlaceholder(subject) { return flaw }
        let isPlaceholder =
            subject.isSecret ? Placeholder.isLikelySecret(subject.value) : Placeholder.isLikely(subject.value)
        guard isPlaceholder else { return nil }
        return subject.isSecret
            ? ValueFlaw(
                rule: "secret.placeholder", message: "`\(subject.name)` still holds a placeholder.",
                fix: "Put the real value where it comes from.")
            : ValueFlaw(
                rule: "variable.placeholder",
                message: "`\(subject.name)` still holds a placeholder\(subject.shown(", ")).",
                fix: "Write the real value.")
    }

    /// A database of one's own machine may have any password.
    private func passwordPlaceholder(_ subject: ValueSubject) -> ValueFlaw? {
        for address in subject.addresses {
            guard let password = address.password, Placeholder.isLikelyPassword(password) else { continue }
            let host = HostKind(address.host)
            if kind == .development, host == .loopback || host == .neighbour { continue }
            return ValueFlaw(
                rule: subject.isSecret ? "secret.placeholder" : "variable.placeholder",
                message: "the password in `\(subject.name)` is still a placeholder.", fix: "Write the real password.")
        }
        return nil
    }
}
