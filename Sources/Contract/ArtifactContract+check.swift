extension ArtifactContract {
    /// Refuses contracts that contradict themselves.
    package func check() throws(ContractError) {
        try require(!service.isEmpty, "service", "the contract names no service.")
        var seen: Set<String> = []
        var patterns: Set<String> = []
        for (index, variable) in variables.enumerated() {
            var path: String { "variables[\(index)]" }
            try require(
                seen.insert(variable.name).inserted, path, "the contract declares `\(variable.name)` twice.")
            try check(variable, path)
            if let pattern = variable.pattern, patterns.insert(pattern).inserted {
                try check(pattern, of: variable.name, path)
            }
        }
        try require(
            seen.contains(portVariable), "port_variable",
            "the contract's port variable `\(portVariable)` is not among its variables.")
        for variable in variables {
            if let former = variable.formerNames.first(where: seen.contains) {
                throw contradiction(
                    "variables", "the contract declares `\(former)` and calls it a former name of `\(variable.name)`.")
            }
        }
        try checkReferences(seen)
        let paths = [("liveness", paths.liveness), ("readiness", paths.readiness)]
        for (name, path) in paths {
            try require(path.hasPrefix("/"), "paths.\(name)", "the contract's \(name) path does not begin with `/`.")
        }
        try require(startBudgetSeconds > 0, "start_budget_seconds", "the contract's start budget is not above zero.")
        try require(drainSeconds >= 0, "drain_seconds", "the contract's drain time is negative.")
    }

    private func check(
        _ variable: VariableDeclaration, _ path: @autoclosure () -> String
    ) throws(ContractError) {
        let name = variable.name
        try require(!name.isEmpty, path(), "the contract has a variable without a name.")
        try require(
            !name.hasPrefix(InstanceEnvironment.prefix), path(),
            "the contract declares `\(name)`, and names that begin with `\(InstanceEnvironment.prefix)` are the platform's."
        )
        try require(
            !variable.required || variable.defaultValue == nil, path(), "`\(name)` is required and has a default.")
        try require(
            variable.minimum ?? .min <= variable.maximum ?? .max, path(), "`\(name)` has bounds that nothing can meet.")
        try checkMeaning(variable, path())
    }

    private func check(
        _ pattern: String, of name: String, _ path: @autoclosure () -> String
    ) throws(ContractError) {
        do { _ = try Regex(pattern) } catch {
            throw contradiction(path(), "`\(name)` has a pattern that is no regular expression.")
        }
    }

    /// Everything that names a variable names one that is declared.
    private func checkReferences(_ names: Set<String>) throws(ContractError) {
        func declared(_ name: String?, _ path: String, _ what: String) throws(ContractError) {
            guard let name else { return }
            try require(names.contains(name), path, "\(what) `\(name)`, which the contract does not declare.")
        }
        for (index, variable) in variables.enumerated() {
            guard let condition = variable.readWhen else { continue }
            var path: String { "variables[\(index)].read_when" }
            try declared(condition.variable, path, "`\(variable.name)` is read depending on")
            try require(condition.variable != variable.name, path, "`\(variable.name)` is read depending on itself.")
            try require(
                !condition.values.isEmpty || !condition.prefixes.isEmpty, path,
                "`\(variable.name)` is read depending on a value of `\(condition.variable)`, and none is given.")
        }
        for (index, provider) in providers.enumerated() {
            let path = "providers[\(index)]"
            try declared(provider.addressVariable, "\(path).address_variable", "the provider `\(provider.name)` is at")
            try declared(provider.keyVariable, "\(path).key_variable", "the key of the provider `\(provider.name)` is")
        }
        for (index, database) in databases.enumerated() {
            try declared(database.variable, "databases[\(index)].variable", "a database is at")
        }
        try declared(queues?.variable, "queues.variable", "the queues are at")
    }

    /// What a variable's fields say together.
    private func checkMeaning(
        _ variable: VariableDeclaration, _ path: @autoclosure () -> String
    ) throws(ContractError) {
        let name = variable.name
        try require(
            variable.role == nil || variable.format == .jwt, "\(path()).role",
            "`\(name)` has a role, which only tokens have (`format: jwt`).")
        try require(
            variable.secret || ![.signingKeys, .password, .encryptionKey].contains(variable.format), "\(path()).format",
            "`\(name)` is a key or a password, and is not called secret.")
        try require(
            variable.requiredIn.isEmpty || variable.defaultValue == nil, "\(path()).required_in",
            "`\(name)` is required in some environments and has a default.")
        try require(
            variable.pointsAt == nil || [.url, .string, .list].contains(variable.kind), "\(path()).points_at",
            "`\(name)` points at a service, and is no address.")
        if let allowed = variable.allowed {
            try require(!allowed.isEmpty, "\(path()).allowed", "`\(name)` allows no value.")
            if let value = variable.defaultValue, variable.kind != .list {
                try require(
                    allowed.contains(value), "\(path()).default",
                    "the default of `\(name)` is not among what it allows.")
            }
        }
        if variable.kind == .integer, let text = variable.defaultValue {
            let isFit = Int(text).map { ((variable.minimum ?? .min)...(variable.maximum ?? .max)).contains($0) }
            try require(isFit == true, "\(path()).default", "the default of `\(name)` is no number within its bounds.")
        }
    }

    /// Paths and sentences are made when they are needed.
    private func require(
        _ condition: Bool, _ path: @autoclosure () -> String, _ message: @autoclosure () -> String
    ) throws(ContractError) {
        guard condition else { throw contradiction(path(), message()) }
    }

    private func contradiction(_ path: String, _ message: String) -> ContractError {
        ContractError(kind: .contradiction, path: path, message: message)
    }
}
