/// Values that somebody meant to replace.
extension ValueCheck {
    func placeholder(_ subject: ValueSubject) -> ValueFlaw? {
        if subject.isSecret {
            guard Placeholder.isLikelySecret(subject.value) else { return nil }
            return ValueFlaw(
                rule: "secret.placeholder", message: "`\(subject.name)` still holds a placeholder.",
                fix: "Write the real value, or say where it comes from.")
        }
        guard Placeholder.isLikely(subject.value) else { return nil }
        return ValueFlaw(
            rule: "variable.placeholder",
            message: "`\(subject.name)` still holds a placeholder\(subject.shown(", ")).", fix: "Write the real value.")
    }
}
