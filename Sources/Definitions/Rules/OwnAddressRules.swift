/// The addresses that are the definition's own rather than a service's: where alerts go, and what the certificate is for.
/// The control plane itself uses them, from where it runs, so that what is near it is no mistake.
struct OwnAddressRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    private static let rules: Set<String> = [
        "variable.placeholder", "value.characters", "value.example-domain", "value.other-environment",
    ]

    func check() {
        for receiver in draft.environment.alerts.receivers {
            let keys = ["alerts", "receivers", receiver.name, receiver.value.kindName]
            guard let url = Self.address(receiver.value.kind) else { continue }
            check(url, named: "url", at: draft.place(keys + ["url"]))
        }
        for name in draft.environment.router.certificate?.names ?? [] where !name.hasPrefix("*.") {
            check("https://\(name)", named: "names", at: draft.place("router", "tls", "names"))
        }
    }

    private static func address(_ kind: AlertReceiver.Kind) -> String? {
        switch kind {
        case .webhook(.plain(let url)), .slack(.plain(let url)), .alertmanager(let url), .pagerduty(_, let url): url
        case .webhook, .slack, .email, .command: nil
        }
    }

    private func check(_ url: String, named name: String, at place: Place) {
        let check = ValueCheck(
            environment: draft.name, kind: draft.environment.kind, otherEnvironments: draft.environmentNames,
            now: draft.now, patterns: draft.patterns)
        for flaw in check.flaws(name: name, value: url, declarations: [], isSecret: false)
        where Self.rules.contains(flaw.rule) {
            collector.report(flaw.rule, severity: flaw.severity, at: place, name: name, flaw.message, fix: flaw.fix)
        }
    }
}
