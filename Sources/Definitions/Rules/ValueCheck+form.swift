import Contract

/// Whether the value fits its declarations, and is none that they forbid here.
extension ValueCheck {
    func form(_ subject: ValueSubject) -> [ValueFlaw] {
        for declaration in subject.declarations {
            guard let expected = DeclaredValue.problem(subject.value, declaration, patterns) else { continue }
            let nearest = declaration.allowed.flatMap { Suggestion.nearest(to: subject.value, among: $0) }
            return [
                ValueFlaw(
                    rule: "variable.value",
                    message: "`\(subject.name)` must be \(expected)\(subject.shown(", not ")).",
                    fix: nearest.map { "Write `\($0)`." } ?? "Write a value that fits: \(declaration.summary).")
            ]
        }
        return []
    }

    func forbidden(_ subject: ValueSubject) -> [ValueFlaw] {
        for declaration in subject.declarations {
            guard let hit = forbidden(subject.value, declaration) else { continue }
            return [
                ValueFlaw(
                    rule: "environment.forbidden-value",
                    message: "`\(subject.name)` may not be\(subject.shown(" ", hit)) in \(environment).",
                    fix: permitted(declaration))
            ]
        }
        return []
    }

    private func permitted(_ declaration: VariableDeclaration) -> String {
        let banned = banned(declaration)
        let left = (declaration.allowed ?? []).filter { !banned.contains($0) }.map { "`\($0)`" }
        guard let last = left.last else { return "Write another value: \(declaration.summary)." }
        return "Write \(left.count > 1 ? left.dropLast().joined(separator: ", ") + " or " : "")\(last)."
    }

    private func banned(_ declaration: VariableDeclaration) -> [String] {
        (declaration.forbidden[environment] ?? []) + (declaration.forbidden[kind.rawValue] ?? [])
    }

    /// The part of the value that this environment may not use.
    func forbidden(_ value: String, _ declaration: VariableDeclaration) -> String? {
        guard !declaration.forbidden.isEmpty else { return nil }
        let banned = banned(declaration)
        guard !banned.isEmpty else { return nil }
        let parts = declaration.kind == .list ? DeclaredValue.elements(value) : [value]
        return parts.first(where: banned.contains)
    }
}
