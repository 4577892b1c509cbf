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
    /// What is known of the values: those given in the open, and the defaults of the others.
    var values: [String: String] = [:]

    init(_ draft: EnvironmentDraft) {
        let contracts = draft.contracts.values.sorted { $0.service < $1.service }
        let declarations = contracts.flatMap(\.variables)
        for declaration in declarations {
            if let value = declaration.defaultValue { values[declaration.name] = value }
            if declaration.secret { secrets.insert(declaration.name) }
        }
        for variable in draft.environment.variables { values[variable.name] = variable.value.text }
        for secret in draft.environment.secrets {
            values[secret.name] = nil
            if case .literal(let value) = secret.value.source { values[secret.name] = value }
        }
        let ports = Set(contracts.map(\.portVariable))
        for declaration in declarations where !ports.contains(declaration.name) {
            add(declaration)
        }
        for name in active.keys { inactive[name] = nil }
        for declaration in declarations {
            for name in declaration.formerNames where active[name] == nil && inactive[name] == nil {
                // A name whose meaning was split goes to the one that is read here.
                if former[name] == nil || active[declaration.name] != nil { former[name] = declaration.name }
            }
        }
    }

    private mutating func add(_ declaration: VariableDeclaration) {
        if let condition = declaration.readWhen, !condition.holds(for: values[condition.variable]) {
            inactive[declaration.name] = condition
        } else {
            active[declaration.name, default: []].append(declaration)
        }
    }
}
