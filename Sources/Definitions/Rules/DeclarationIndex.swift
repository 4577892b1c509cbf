import Contract

/// What the contracts of an environment's services declare, by name, given the values that the environment has.
struct DeclarationIndex {
    /// Declarations that are read; a name may have one per service.
    var active: [String: [VariableDeclaration]] = [:]
    /// Declared names that no service reads under the present values, with the condition that does not hold.
    var inactive: [String: VariableCondition] = [:]
    /// Former names and what they are called now.
    var former: [String: String] = [:]
    /// Names that some contract calls secret.
    var secrets: Set<String> = []
    /// What is known of the values that conditions ask for: those given in the open, and the defaults of the others.
    var values: [String: String] = [:]

    /// - Parameter service: the only service to look at; nil for all.
    init(_ draft: EnvironmentDraft, service: String? = nil) {
        let contracts = draft.contracts.values.filter { service == nil || $0.service == service }
            .sorted { $0.service < $1.service }
        let ports = Set(contracts.map(\.portVariable))
        for contract in contracts {
            let known = Self.values(contract, draft.environment)
            values.merge(known) { first, _ in first }
            for declaration in contract.variables {
                if declaration.secret { secrets.insert(declaration.name) }
                if !ports.contains(declaration.name) { add(declaration, known) }
            }
        }
        for name in active.keys { inactive[name] = nil }
        for contract in contracts {
            // By index: a declaration is large to copy, and few have former names.
            for index in contract.variables.indices where !contract.variables[index].formerNames.isEmpty {
                let declaration = contract.variables[index]
                for name in declaration.formerNames where active[name] == nil && inactive[name] == nil {
                    // A name whose meaning was split goes to the one that is read here.
                    if former[name] == nil || active[declaration.name] != nil { former[name] = declaration.name }
                }
            }
        }
    }

    /// What is known of a service's values that its conditions ask for: its defaults, the environment's values over them,
    /// its own over those.
    private static func values(_ contract: ArtifactContract, _ environment: Environment) -> [String: String] {
        let wanted = Set(contract.variables.compactMap(\.readWhen?.variable))
        guard !wanted.isEmpty else { return [:] }
        var values: [String: String] = [:]
        for declaration in contract.variables where wanted.contains(declaration.name) {
            values[declaration.name] = declaration.defaultValue
        }
        let service = environment.services.first { $0.name == contract.service }
        let scopes = [
            (environment.variables, environment.secrets), (service?.variables ?? [], service?.secrets ?? []),
        ]
        for (variables, secrets) in scopes {
            for variable in variables where wanted.contains(variable.name) {
                values[variable.name] = variable.value.text
            }
            for secret in secrets where wanted.contains(secret.name) {
                values[secret.name] = nil
                if case .literal(let value) = secret.value.source { values[secret.name] = value }
            }
        }
        return values
    }

    /// Those that are read and not among the names, in alphabetical order.
    func active(except names: Set<String>) -> [(key: String, value: [VariableDeclaration])] {
        active.keys.filter { !names.contains($0) }.sorted().map { ($0, active[$0] ?? []) }
    }

    private mutating func add(_ declaration: VariableDeclaration, _ values: [String: String]) {
        if let condition = declaration.readWhen, !condition.holds(for: values[condition.variable]) {
            inactive[declaration.name] = condition
        } else {
            active[declaration.name, default: []].append(declaration)
        }
    }
}
