import Contract

/// Secrets: real values, from sources that suit the kind of environment.
struct SecretRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        for secret in draft.environment.secrets {
            switch secret.value.source {
            case .literal(let value):
                checkKind(secret, "literal", "a literal in the file")
                if Placeholder.isLikelySecret(value) {
                    collector.report(
                        "secret.placeholder", at: draft.place("secrets", secret.name, "value"), name: secret.name,
                        "`\(secret.name)` still holds a placeholder.",
                        fix: "Write the real value, or say where it comes from.")
                }
            case .generated: checkKind(secret, "generated", "generated on this machine")
            case .environment, .file, .command: break
            }
        }
    }

    private func checkKind(_ secret: Placed<SecretDefinition>, _ source: String, _ what: String) {
        guard draft.environment.kind != .development else { return }
        collector.report(
            "secret.source", at: draft.place("secrets", secret.name, "from"), name: secret.name,
            "`\(secret.name)` is \(what), which only a development environment may have.",
            fix: "Write `from: environment`, `file` or `command` instead of `\(source)`.")
    }
}
