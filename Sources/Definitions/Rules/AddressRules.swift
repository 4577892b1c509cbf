import Contract

/// Addresses that lead to a service of the environment have its name, its port, its scheme and its health path.
struct AddressRules {
    let draft: EnvironmentDraft
    let given: GivenValues
    let collector: FindingCollector

    private struct Target {
        var value: GivenValue
        var address: ServiceAddress
    }

    func check() {
        var reported: Set<Place> = []
        for value in given.all {
            checkTarget(value)
            // A value that several services share is looked at once.
            guard reported.insert(value.place).inserted || value.isDefault else { continue }
            for address in texts(value).compactMap(ServiceAddress.init) {
                check(Target(value: value, address: address))
            }
        }
    }

    /// The parts of a value that may be addresses. Secrets are none, and databases and brokers have rules of their own.
    private func texts(_ value: GivenValue) -> [String] {
        guard value.isShown, value.declaration.format == nil, let text = value.text else { return [] }
        switch value.declaration.kind {
        case .url, .string: return [text]
        case .list: return DeclaredValue.elements(text)
        case .integer, .number, .boolean, .duration, .path: return []
        }
    }

    private var services: [ServiceDefinition] { draft.environment.services }

    /// What a contract says an address is for is there, and can be reached.
    private func checkTarget(_ value: GivenValue) {
        guard let name = value.declaration.pointsAt else { return }
        guard let service = services.first(where: { $0.name == name }) else {
            let nearest = Suggestion.nearest(to: name, among: services.map(\.name))
            collector.report(
                "coherence.service", severity: .warning, at: value.place, name: value.name,
                "`\(value.name)` of `\(value.service)` points at `\(name)`, which does not run in \(draft.name).",
                fix: nearest.map { "Say `\($0)` in the contract's `points_at`." } ?? "Add `\(name)` under `services:`.")
            return
        }
        guard service.port == nil else { return }
        collector.report(
            "coherence.service", at: service.place, name: value.name,
            "`\(value.name)` of `\(value.service)` points at `\(name)`, which has no port to be reached at.",
            fix: "Add `services.\(name).port`.")
    }

    private func check(_ target: Target) {
        let (value, address) = (target.value, target.address)
        if let named = services.first(where: { $0.name == address.host }) {
            guard isMeant(named, target) else { return }
            if named.port == address.port { return checkDetails(named, target) }
            return wrongPort(target, named)
        }
        if address.isLoopback {
            if let owner = services.first(where: { $0.port == address.port }) {
                if isMeant(owner, target) { checkDetails(owner, target) }
            } else if let meant = meant(target) {
                wrongPort(target, meant)
            }
            return
        }
        // Other hosts are other people's, unless the name is nearly a service's and the port is that service's.
        let names = services.filter { $0.port == address.port }.map(\.name)
        guard !address.host.contains("."), let nearest = Suggestion.nearest(to: address.host, among: names) else {
            return
        }
        report(
            "coherence.service", value,
            "`\(value.name)` leads to `\(address.host)`, which is no service here, at the port of `\(nearest)`.",
            fix: "Write `\(nearest)`.")
    }

    /// Whether the service that an address leads to is the one that the contract says; reports it if not.
    private func isMeant(_ service: ServiceDefinition, _ target: Target) -> Bool {
        guard let name = target.value.declaration.pointsAt, name != service.name,
            let meant = services.first(where: { $0.name == name })
        else { return true }
        report(
            "coherence.service", target.value,
            "`\(target.value.name)` leads to `\(service.name)`, and `\(target.value.service)` means `\(name)`.",
            fix: meant.port.map { "Write `\(address(of: meant, $0, like: target.address))`." }
                ?? "Give `\(name)` a port, and write that.")
        return false
    }

    /// The service that a loopback address with nobody's port was probably for: as the contract says, or named in the
    /// variable's name, or with a port that is a slip away.
    private func meant(_ target: Target) -> ServiceDefinition? {
        let value = target.value
        if let name = value.declaration.pointsAt { return services.first { $0.name == name && $0.port != nil } }
        guard !isProvider(value) else { return nil }
        let words = " \(value.name.lowercased().replacing("_", with: " ")) "
        return services.first { service in
            guard let port = service.port else { return false }
            return words.contains(" \(service.name.replacing("-", with: " ")) ")
                || Suggestion.distance("\(port)", "\(target.address.port)") == 1
        }
    }

    /// Providers and their stand-ins listen where they like.
    private func isProvider(_ value: GivenValue) -> Bool {
        draft.contracts[value.service]?.providers.contains { $0.addressVariable == value.name } ?? false
    }

    private func wrongPort(_ target: Target, _ service: ServiceDefinition) {
        let (value, address) = (target.value, target.address)
        guard let port = service.port else {
            report(
                "coherence.port", value,
                "`\(value.name)` leads to `\(service.name)`, which has no port to be reached at.",
                fix: "Add `services.\(service.name).port`.", place: service.place)
            return
        }
        let isSaid = value.declaration.pointsAt != nil || address.host == service.name
        report(
            "coherence.port", value, severity: isSaid ? .error : .warning,
            "`\(value.name)` leads to port \(address.port), where nothing of \(draft.name) listens; "
                + "`\(service.name)` listens on \(port).",
            fix: "Write `\(self.address(of: service, port, like: address))`.")
    }

    /// The scheme, and the path if it is a health path.
    private func checkDetails(_ service: ServiceDefinition, _ target: Target) {
        let (value, address) = (target.value, target.address)
        let isEncrypted = draft.routerEncrypts
        if let port = service.port, address.scheme != nil, address.isEncrypted != isEncrypted {
            report(
                "coherence.scheme", value,
                "`\(value.name)` asks `\(service.name)` over `\(address.scheme ?? "")`, and the router "
                    + (isEncrypted ? "has a certificate." : "has no certificate."),
                fix: "Write `\(self.address(of: service, port, like: address))`.")
        } else if let right = draft.contracts[service.name].flatMap({ HealthPaths($0).correction(of: address.path) }) {
            report(
                "coherence.health-path", value,
                "`\(value.name)` asks `\(service.name)` for `\(address.path)`, and its contract has no such health path.",
                fix: "Write `\(right)` in place of `\(address.path)`.")
        }
    }

    private func address(of service: ServiceDefinition, _ port: Int, like other: ServiceAddress) -> String {
        let host = other.isLoopback ? other.host : service.name
        let bracketed = host.contains(":") ? "[\(host)]" : host
        guard let scheme = other.scheme else { return "\(bracketed):\(port)\(other.path)" }
        let plain = scheme.hasPrefix("ws") ? "ws" : "http"
        return "\(plain)\(draft.routerEncrypts ? "s" : "")://\(bracketed):\(port)\(other.path)"
    }

    private func report(
        _ rule: String, _ value: GivenValue, severity: Finding.Severity = .error, _ message: String, fix: String,
        place: Place? = nil
    ) {
        let written = value.isDefault ? value.place : draft.place(value.keys)
        collector.report(rule, severity: severity, at: place ?? written, name: value.name, message, fix: fix)
    }
}
