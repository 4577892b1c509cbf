import Contract

/// Variables and secrets against the contracts: what is given is read, what is needed is there, and the values fit.
struct VariableRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector
    let declarations: DeclarationIndex
    /// The service whose own values are looked at; nil for those of the environment.
    let service: ServiceDefinition?
    private let values: ValueCheck
    private let names: NearNames

    init(draft: EnvironmentDraft, collector: FindingCollector, service: ServiceDefinition? = nil) {
        self.draft = draft
        self.collector = collector
        self.service = service
        declarations = DeclarationIndex(draft, service: service?.name)
        values = ValueCheck(
            environment: draft.name, kind: draft.environment.kind, otherEnvironments: draft.environmentNames,
            now: draft.now, patterns: draft.patterns)
        names = NearNames(declarations.active.keys)
    }

    func check() {
        checkGiven()
        for service in draft.environment.services where !service.variables.isEmpty || !service.secrets.isEmpty {
            VariableRules(draft: draft, collector: collector, service: service).checkGiven()
        }
        checkMissing()
        checkForbiddenDefaults()
    }

    private var variables: [Placed<VariableValue>] { service?.variables ?? draft.environment.variables }
    private var secrets: [Placed<SecretDefinition>] { service?.secrets ?? draft.environment.secrets }

    private func checkGiven() {
        for variable in variables { check(variable) }
        for secret in secrets { check(secret) }
        checkGivenTwice()
    }

    /// The place of a value below `variables` or `secrets`, of the environment or of the service.
    private func place(_ keys: String...) -> Place {
        draft.place((service.map { ["services", $0.name] } ?? []) + keys)
    }

    private func check(_ variable: Placed<VariableValue>) {
        guard checkName(variable.name, variable.place) else { return }
        if declarations.secrets.contains(variable.name) {
            collector.report(
                "secret.in-variables", at: variable.place, name: variable.name,
                "`\(variable.name)` is a secret, and stands in the open under `variables`.",
                fix: "Move it to `secrets:` and say where its value comes from.")
            return
        }
        // What is empty is missing, and is said to be.
        guard !variable.value.text.isEmpty else { return }
        report(
            values.flaws(
                name: variable.name, value: variable.value.text,
                declarations: declarations.active[variable.name] ?? [], isSecret: false),
            variable.name, place("variables", variable.name))
    }

    private func check(_ secret: Placed<SecretDefinition>) {
        guard checkName(secret.name, secret.place) else { return }
        let declared = declarations.active[secret.name] ?? []
        if !declared.isEmpty, !declared.contains(where: \.secret) {
            collector.report(
                "variable.in-secrets", severity: .warning, at: secret.place, name: secret.name,
                "`\(secret.name)` is no secret by its contract.", fix: "Write it under `variables:`.")
        }
        if let day = secret.value.expires {
            let flaw = ValueCheck.expiry(of: "`\(secret.name)`", at: Int(day.seconds), now: draft.now)
            report(flaw.map { [$0] } ?? [], secret.name, place("secrets", secret.name, "expires"))
        }
        switch secret.value.source {
        case .literal(let value):
            let flaws = values.flaws(name: secret.name, value: value, declarations: declared, isSecret: true)
            report(flaws, secret.name, place("secrets", secret.name, "value"))
        case .generated(let bytes) where declared.contains { $0.format == .signingKeys } && bytes < 32:
            collector.report(
                "secret.weak", at: place("secrets", secret.name, "bytes"), name: secret.name,
                "`\(secret.name)` is generated with \(bytes * 8) bits, and HS256 asks for 256 or more.",
                fix: "Write `bytes: 32`.")
        default: break
        }
    }

    private func report(_ flaws: [ValueFlaw], _ name: String, _ place: @autoclosure () -> Place) {
        guard !flaws.isEmpty else { return }
        let place = place()
        for flaw in flaws {
            collector.report(
                flaw.rule, severity: flaw.severity, at: place, name: name, flaw.message, fix: flaw.fix)
        }
    }

    /// Whether some service reads a variable of this name; reports it if not.
    private func checkName(_ name: String, _ place: Place) -> Bool {
        if name.hasPrefix(InstanceEnvironment.prefix) {
            collector.report(
                "variable.reserved", at: place, name: name,
                "`\(name)` is set by the platform, as is every name that begins with `\(InstanceEnvironment.prefix)`.",
                fix: "Remove it.")
        } else if let service = draft.contracts.values.first(where: { $0.portVariable == name })?.service {
            collector.report(
                "variable.port", at: place, name: name,
                "`\(name)` carries the port of each instance of `\(service)`, and the platform sets it.",
                fix: "Remove it; `services.\(service).port` is where the router listens.")
        } else if declarations.active[name] != nil {
            return true
        } else if draft.environment.prometheusAccess?.secret == name
            || draft.environment.alerts.secrets.contains(where: { $0.secret == name })
        {
            return false  // No service reads it, and it is read.
        } else if let condition = declarations.inactive[name] {
            collector.report(
                "variable.unread", at: place, name: name, "`\(name)` is not read here: \(describe(condition)).",
                fix: "Remove it, or change `\(condition.variable)`.")
        } else if let current = declarations.former[name] {
            collector.report(
                "variable.former-name", at: place, name: name, "`\(name)` is now called `\(current)`, and is not read.",
                fix: "Write `\(current)`.")
        } else if draft.knowsAllContracts {
            let nearest = names.nearest(to: name)
            collector.report(
                "variable.unread", at: place, name: name, "no service reads `\(name)`.",
                fix: nearest.map { "Write `\($0)`." }
                    ?? "Remove it, or declare it in the contract of the service that reads it.")
        }
        return false
    }

    private func describe(_ condition: VariableCondition) -> String {
        let wanted = condition.values.map { "`\($0)`" } + condition.prefixes.map { "`\($0)…`" }
        let current =
            declarations.values[condition.variable].map { ", and it is `\($0.prefix(60))`" } ?? ", and it is not set"
        return "it is read when `\(condition.variable)` is \(wanted.joined(separator: " or "))\(current)"
    }

    private func checkGivenTwice() {
        let plain = Set(variables.map(\.name))
        for secret in secrets where plain.contains(secret.name) {
            collector.report(
                "variable.given-twice", at: secret.place, name: secret.name,
                "`\(secret.name)` stands under `variables` and under `secrets`.", fix: "Keep one of them.")
        }
    }

    private func checkMissing() {
        // What is there and cannot be read has its own finding.
        let written = ["variables", "secrets"].flatMap { draft.root[$0]?.entries ?? [] }.map(\.key)
        let given = Set(written).subtracting(draft.environment.variables.filter { $0.value.text.isEmpty }.map(\.name))
        let meant = misspelt(written)
        for (name, declared) in declarations.active(except: given) {
            guard let declaration = declared.first(where: isRequired) else { continue }
            let services = draft.contracts.values.filter { contract in
                contract.variables.contains { $0.name == name && isRequired($0) } && !hasOwn(name, contract.service)
            }.map { "`\($0.service)`" }.sorted()
            guard !services.isEmpty else { continue }
            let section = declaration.secret ? "secrets" : "variables"
            let need = services.count == 1 ? "needs" : "need"
            let here = declaration.required ? "" : " in \(draft.name)"
            collector.report(
                "variable.missing", at: draft.place(section), name: name,
                "\(services.joined(separator: " and ")) \(need) `\(name)`\(here): \(declaration.summary).",
                fix: meant[name].map { "Rename `\($0)` to `\(name)`." } ?? "Add it under `\(section):`.")
        }
    }

    /// Needed everywhere, or in an environment of this name or kind.
    private func isRequired(_ declaration: VariableDeclaration) -> Bool {
        declaration.required || declaration.requiredIn.contains(draft.name)
            || declaration.requiredIn.contains(draft.environment.kind.rawValue)
    }

    /// Names that are given and not read, by the name that was probably meant.
    private func misspelt(_ written: [String]) -> [String: String] {
        var meant: [String: String] = [:]
        for name in written where declarations.active[name] == nil && declarations.inactive[name] == nil {
            guard let current = declarations.former[name] ?? names.nearest(to: name) else { continue }
            if meant[current] == nil { meant[current] = name }
        }
        return meant
    }

    private func hasOwn(_ name: String, _ service: String) -> Bool {
        let node = draft.root["services"]?[service]
        return ["variables", "secrets"].contains { node?[$0]?[name] != nil }
    }

    private func checkForbiddenDefaults() {
        let owned = draft.environment.services.flatMap { $0.variables.map(\.name) + $0.secrets.map(\.name) }
        let given = Set(draft.environment.variables.map(\.name) + draft.environment.secrets.map(\.name) + owned)
        for (name, declared) in declarations.active(except: given) {
            for declaration in declared {
                guard let value = declaration.defaultValue, values.forbidden(value, declaration) != nil else {
                    continue
                }
                collector.report(
                    "environment.forbidden-value", at: draft.place("variables"), name: name,
                    "`\(name)` is not set, and its default may not be used in \(draft.name).", fix: "Set it.")
                break
            }
        }
    }
}
