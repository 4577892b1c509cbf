import Contract

/// Health is declared once, in the contract: its paths tell two things, and nothing else says them differently.
struct HealthRules {
    let draft: EnvironmentDraft
    let given: GivenValues
    let collector: FindingCollector

    func check() {
        for service in draft.environment.services {
            guard let contract = draft.contracts[service.name] else { continue }
            checkPaths(service, contract)
            checkBinding(service, contract)
        }
        for value in given.all where !value.isDefault { check(value) }
    }

    private func checkPaths(_ service: ServiceDefinition, _ contract: ArtifactContract) {
        guard contract.paths.liveness == contract.paths.readiness else { return }
        let isProduction = draft.environment.kind == .production
        collector.report(
            "service.health", severity: isProduction ? .error : .warning, at: service.place, name: service.name,
            "`\(service.name)` answers for liveness and readiness at one path, `\(contract.paths.readiness)`, so it cannot "
                + "say that it works and a dependency does not.",
            fix: "Give it two: `liveness` asks whether to restart it, `readiness` whether it can serve.")
    }

    private func checkBinding(_ service: ServiceDefinition, _ contract: ArtifactContract) {
        checkBinding(contract.bindAddress, at: service.place, name: service.name, service.name, key: "`bind_address`")
    }

    /// The platform probes instances, and the router reaches them, on the loopback here and over a network in containers.
    private func checkBinding(_ address: String, at place: Place, name: String, _ service: String, key: String) {
        let isLocal = draft.environment.platform == .local
        let isLoopback = address == "localhost" || address == "::1" || address.hasPrefix("127.")
        guard isLoopback != isLocal else { return }
        let isAll = ["0.0.0.0", "::", "*", ""].contains(address)
        guard isLocal || isLoopback else {
            // Within a container any address of its own will do.
            return
        }
        let why =
            isLoopback
            ? "where nothing outside its container reaches it."
            : isAll
                ? "so that everybody reaches its instances past the router."
                : "and the platform asks at \(ArtifactContract.loopback)."
        collector.report(
            "service.bind-address", severity: isLocal && isAll ? .warning : .error, at: place, name: name,
            "`\(service)` listens on `\(address)`, \(why)",
            fix: "Write `\(isLocal ? ArtifactContract.loopback : "0.0.0.0")` as \(key).")
    }

    /// Variables that repeat what the contract or the environment says: where to listen, the port, the health path.
    private func check(_ value: GivenValue) {
        guard Self.lastWords.contains(value.name.lastWordOfName), value.isShown, let text = value.text, !text.isEmpty
        else { return }
        let words = value.words
        if words.last == "PATH" || words.last == "ENDPOINT", words.contains(where: Self.isHealth) {
            checkPath(value, text, words)
        } else if words.last == "PORT" {
            checkPort(value, text, words)
        } else if Self.bindNames.contains(where: { words.suffix($0.count) == $0[...] }), isAddress(text) {
            checkBinding(text, at: draft.place(value.keys), name: value.name, value.service, key: "`\(value.name)`")
        }
    }

    /// What the names of such variables end with.
    private static let lastWords: Set<String> = ["PATH", "ENDPOINT", "PORT", "BIND", "ADDRESS", "HOST"]

    private static let bindNames = [
        ["BIND"], ["BIND", "ADDRESS"], ["BIND", "HOST"], ["LISTEN", "ADDRESS"], ["LISTEN", "HOST"],
    ]

    private static func isHealth(_ word: String) -> Bool {
        ["HEALTH", "HEALTHCHECK", "HEALTHZ", "LIVENESS", "READINESS", "READY", "LIVE"].contains(word)
    }

    private func isAddress(_ text: String) -> Bool {
        text == "localhost" || text == "*" || text.contains("::") || text.split(separator: ".").count == 4
    }

    /// The service that the variable's name begins with, or else the one that reads it.
    private func subject(_ value: GivenValue, _ words: [String]) -> ServiceDefinition? {
        let services = draft.environment.services
        let name = " \(words.joined(separator: " ").lowercased()) "
        return services.first { name.contains(" \($0.name.replacing("-", with: " ")) ") }
            ?? services.first { $0.name == value.service }
    }

    private func checkPath(_ value: GivenValue, _ text: String, _ words: [String]) {
        guard let service = subject(value, words), let paths = draft.contracts[service.name]?.paths,
            text.hasPrefix("/"),
            ![paths.liveness, paths.readiness].contains(text)
        else { return }
        let right = words.contains { $0.hasPrefix("LIVE") } ? paths.liveness : paths.readiness
        collector.report(
            "coherence.health-path", at: draft.place(value.keys), name: value.name,
            "`\(value.name)` is `\(text.prefix(60))`, and the contract of `\(service.name)` says `\(right)`.",
            fix: "Write `\(right)`, or better, read the path in one place.")
    }

    /// `WORKER_PORT` repeats the port of `worker`; a port of anything else is its own.
    private func checkPort(_ value: GivenValue, _ text: String, _ words: [String]) {
        let name = words.dropLast().joined(separator: "-").lowercased()
        guard
            let service = draft.environment.services.first(where: { name == $0.name || name.hasSuffix("-\($0.name)") }),
            let port = service.port, let written = Quantity.integer(text), written != port
        else { return }
        collector.report(
            "coherence.port", at: draft.place(value.keys), name: value.name,
            "`\(value.name)` is \(written), and `\(service.name)` listens on \(port).", fix: "Write \(port).")
    }
}
