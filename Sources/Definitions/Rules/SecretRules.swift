import Contract

/// Secrets: real values, from sources that suit the kind of environment.
struct SecretRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        check(draft.environment.secrets, below: [])
        for service in draft.environment.services { check(service.secrets, below: ["services", service.name]) }
    }

    private func check(_ secrets: [Placed<SecretDefinition>], below keys: [String]) {
        for secret in secrets {
            let path = keys + ["secrets", secret.name]
            switch secret.value.source {
            case .literal: checkKind(secret, path, "literal", "a literal in the file")
            case .generated: checkKind(secret, path, "generated", "generated on this machine")
            case .environment, .file, .command, .age, .vault, .stored: break
            }
        }
    }

    private func checkKind(
        _ secret: Placed<SecretDefinition>, _ path: [String], _ source: String, _ what: String
    ) {
        guard draft.environment.kind != .development else { return }
        collector.report(
            "secret.source", at: draft.place(path + ["from"]), name: secret.name,
            "`\(secret.name)` is \(what), which only a development environment may have.",
            fix: "Write `from: environment`, `file` or `command` instead of `\(source)`.")
    }
}
