import Contract

/// What is good while something is built and does harm where people depend on it. What a contract forbids has a rule of its
/// own; these know such settings by their usual names.
struct ProductionRules {
    let draft: EnvironmentDraft
    let given: GivenValues
    let collector: FindingCollector

    func check() {
        guard draft.environment.kind != .development else { return }
        var seen: Set<Place> = []
        for value in given.all where value.isDefault || seen.insert(value.place).inserted {
            guard let text = value.text, !isForbidden(text, value.declaration) else { continue }
            checkOrigins(value, text)
            // What these rules look for is one short word.
            guard draft.environment.kind == .production, text.utf8.count <= 16 else { continue }
            check(value, text.lowercased())
        }
        guard draft.environment.kind == .production else { return }
        for service in draft.environment.services where service.replicas == 1 { reportSingle(service) }
    }

    private func isForbidden(_ text: String, _ declaration: VariableDeclaration) -> Bool {
        guard !declaration.forbidden.isEmpty else { return false }
        let banned =
            (declaration.forbidden[draft.name] ?? []) + (declaration.forbidden[draft.environment.kind.rawValue] ?? [])
        return !banned.isEmpty && DeclaredValue.elements(text).contains(where: banned.contains)
    }

    private func checkOrigins(_ value: GivenValue, _ text: String) {
        let isNamedSo = Self.originWords.stand(in: value.name)
        guard isNamedSo || value.declaration.format == .origins else { return }
        let words = value.words
        let isOrigins =
            value.declaration.format == .origins
            || (words.contains("CORS") && !words.contains("METHODS") && !words.contains("HEADERS"))
            || words.suffix(2) == ["ALLOWED", "ORIGINS"]
        guard isOrigins, let wildcard = DeclaredValue.elements(text).first(where: Self.letsEveryoneIn) else { return }
        report(
            "production.origins", value, "lets every site in, by `\(wildcard)`, in \(draft.name).",
            fix: "List the origins that may call, such as `[\"https://app.\(draft.name).yours\"]`.",
            isError: draft.environment.kind == .production)
    }

    /// What the names of such variables have in them.
    private static let originWords = Beginnings(["cors", "origins"])

    /// `*`, `https://*`, `*:*`; not `https://*.example.com`.
    private static func letsEveryoneIn(_ origin: String) -> Bool {
        let host = origin.schemeMark.map { origin[$0.upperBound...] } ?? origin[...]
        return !host.isEmpty && host.contains("*") && host.allSatisfy { "*:/.".contains($0) } || origin == "null"
    }

    private func check(_ value: GivenValue, _ text: String) {
        let isOn = Self.on.contains(text)
        guard isOn || Self.modes.contains(text) || Self.chatter.contains(text) else { return }
        let words = value.words
        if isOn, words.last == "DEBUG" || words.first == "DEBUG" || words.suffix(2) == ["DEBUG", "MODE"] {
            report("production.debug", value, "is on in production.", fix: off(value, isOn: text))
        } else if isOn, words.contains("TEST"), !Set(words).isDisjoint(with: Self.routes) {
            report(
                "production.test-routes", value, "opens routes that are for tests, in production.",
                fix: off(value, isOn: text))
        } else if isOn, !Set(words).isDisjoint(with: Self.standIns) {
            report(
                "production.stand-in", value, "lets stand-ins answer in production.",
                fix: off(value, isOn: text))
        } else if let last = words.last, Self.choosers.contains(last), Self.modes.contains(text) {
            report(
                "production.stand-in", value,
                "is `\(text)` in production, so a stand-in may answer and hide that the real one fails.",
                fix: "Write the real one"
                    + (value.declaration.allowed.map {
                        " of \($0.filter { !Self.modes.contains($0) }.joined(separator: ", "))"
                    } ?? "")
                    + ".")
        } else if words.suffix(2) == ["LOG", "LEVEL"] || words.last == "LOGLEVEL", Self.chatter.contains(text) {
            report(
                "production.log-level", value, "is `\(text)` in production: logs grow, and tell more than they should.",
                fix: "Write `info`, or remove it.", isError: false)
        }
    }

    private static let on: Set<String> = ["true", "1", "yes", "on", "enabled", "*"]
    private static let chatter: Set<String> = ["debug", "trace"]
    private static let routes: Set<String> = ["ROUTES", "ROUTE", "ENDPOINTS", "ENDPOINT", "API", "MODE"]
    private static let standIns: Set<String> = ["MOCK", "MOCKS", "MOCKED", "STUB", "STUBS", "FAKE", "FAKES"]
    private static let choosers: Set<String> = ["MODE", "BACKEND", "PROVIDER", "DRIVER", "IMPLEMENTATION"]
    private static let modes: Set<String> = ["mock", "hybrid", "stub", "fake", "dummy", "simulated", "simulator"]

    private func off(_ value: GivenValue, isOn: String) -> String {
        value.declaration.kind == .boolean || isOn == "true" ? "Write `false`." : "Switch it off."
    }

    private func reportSingle(_ service: ServiceDefinition) {
        let place = draft.place("services", service.name, "replicas")
        collector.report(
            "service.single", severity: .warning, at: place, name: service.name,
            "`\(service.name)` has one instance in production, and when that one stops there is none.",
            fix: "Write `replicas: 2` or more.")
    }

    private func report(_ rule: String, _ value: GivenValue, _ message: String, fix: String, isError: Bool = true) {
        let isDefault = value.isDefault
        collector.report(
            rule, severity: isError ? .error : .warning, at: isDefault ? value.place : draft.place(value.keys),
            name: value.name, "\(isDefault ? "the default of `\(value.name)`" : "`\(value.name)`") \(message)",
            fix: isDefault ? "Set it for \(draft.name). \(fix)" : fix)
    }
}
