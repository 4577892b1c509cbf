import Contract

/// Where secrets come from, seen beside the project's other environments: each has its own, from a place of its own.
struct SecretSourceRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector
    /// Words such as `test` say what kind of key it is more often than whose; `production/staging-mirror` is production's.
    private let others: [OtherEnvironment]

    init(draft: EnvironmentDraft, collector: FindingCollector) {
        self.draft = draft
        self.collector = collector
        others = OtherEnvironment.all(
            of: draft.environmentNames.filter { $0 != draft.name }, seenFrom: draft.name, draft.environment.kind
        ).filter { $0.isDeclared || $0.word.hasPrefix("prod") }
    }

    func check() {
        for secret in draft.environment.secrets { check(secret, ["secrets", secret.name]) }
        for service in draft.environment.services {
            for secret in service.secrets { check(secret, ["services", service.name, "secrets", secret.name]) }
        }
    }

    private func check(_ secret: Placed<SecretDefinition>, _ keys: [String]) {
        // A source that names another environment is that environment's; that it is shared follows.
        if let other = otherEnvironment(secret.value.source) {
            let isCertain = other.isDeclared && draft.environment.kind != .development
            collector.report(
                "secret.other-environment", severity: isCertain ? .error : .warning, at: draft.place(keys),
                name: secret.name,
                "`\(secret.name)` comes from \(secret.value.origin), which names `\(other.word)`, in \(draft.name).",
                fix: "Take it from where \(draft.name) keeps its own.")
        } else if let other = sharer(of: secret.value.source) {
            collector.report(
                "secret.shared", severity: isOneValue(secret.value.source) ? .error : .warning, at: draft.place(keys),
                name: secret.name,
                "`\(secret.name)` comes from \(secret.value.origin) in \(draft.name), and in \(other) as well.",
                fix: "Give each its own, so that what leaks in one of them does not open the other.")
        }
    }

    // MARK: A name of another environment

    private func otherEnvironment(_ source: SecretDefinition.Source) -> OtherEnvironment? {
        let text = Self.words(source)
        guard let other = OtherEnvironment.named(in: text, others), !OtherEnvironment.names(draft.name, in: text) else {
            return nil
        }
        return other
    }

    /// What says whose a source is. Programs and devices have names of their own.
    private static func words(_ source: SecretDefinition.Source) -> String {
        switch source {
        case .environment(let name): name
        case .file(let path): path.hasPrefix("/dev/") ? "" : path
        case .command(let words): words.dropFirst().joined(separator: " ")
        case .age(let file, let key, _): "\(file) \(key ?? "")"
        case .vault(let path, let key, _): "\(path) \(key)"
        case .stored, .generated, .literal: ""
        }
    }

    // MARK: One source for two environments

    /// The first environment that takes a secret from the same source. Of two that share one, it is said where it weighs
    /// more: in production, or else in the later one.
    private func sharer(of source: SecretDefinition.Source) -> String? {
        draft.others.first { other in
            weight(draft.environment.kind, draft.name) > weight(other.kind, other.name)
                && other.sources.contains { $0.isSame(as: source) }
        }?.name
    }

    private func weight(_ kind: EnvironmentKind, _ name: String) -> (Int, String) {
        (EnvironmentKind.allCases.firstIndex(of: kind) ?? 0, name)
    }

    /// Whether one source has one value for certain, and production is among those that have it. A variable may have
    /// another value in each pipeline that calls.
    private func isOneValue(_ source: SecretDefinition.Source) -> Bool {
        if case .environment = source { return false }
        return draft.environment.kind == .production
    }
}

extension SecretDefinition.Source {
    /// Whether both lead to one value. What is stored or generated belongs to its environment, and what is written in the
    /// open is no secret.
    func isSame(as other: SecretDefinition.Source) -> Bool {
        switch (self, other) {
        case (.vault(let path, let key, _), .vault(let otherPath, let otherKey, _)):
            path == otherPath && key == otherKey
        case (.stored, _), (.generated, _), (.literal, _): false
        default: self == other
        }
    }
}

/// What the rules know of the project's other environments.
struct OtherSources {
    var name: String
    var kind: EnvironmentKind
    var sources: [SecretDefinition.Source]
}
