import Contract

/// Characters that nobody sees.
extension ValueCheck {
    /// The flaw, and the value as it was probably meant.
    func characters(_ subject: ValueSubject) -> (flaw: ValueFlaw, cleaned: String)? {
        let value = subject.value
        guard InvisibleCharacters.mayStand(in: value) else { return nil }
        let isSeveralLines =
            subject.format == .certificate || value.hasPrefix("-----BEGIN ")
            || (subject.format == nil && value.hasPrefix("{"))
        let isText = !subject.isSecret && subject.format == nil && subject.kind == .string && !value.holds("://")
        guard let hit = InvisibleCharacters.find(value, isText: isText, isSeveralLines: isSeveralLines) else {
            return nil
        }
        let flaw = ValueFlaw(
            rule: "value.characters", message: "`\(subject.name)` has \(hit.what).",
            fix:
                "Write the value without it\(hit.what.contains("line end") ? ", for example by `printf %s` instead of `echo`" : "")."
        )
        return (flaw, hit.cleaned)
    }
}
