extension ArtifactContract {
    /// Refuses contracts that contradict themselves.
    package func check() throws(ContractError) {
        try require(!service.isEmpty, "service", "the contract names no service.")
        var seen: Set<String> = []
        for (index, variable) in variables.enumerated() {
            let path = "variables[\(index)]"
            try require(
                seen.insert(variable.name).inserted, path, "the contract declares `\(variable.name)` twice.")
            try check(variable, path)
        }
        try require(
            seen.contains(portVariable), "port_variable",
            "the contract's port variable `\(portVariable)` is not among its variables.")
        for variable in variables {
            if let former = variable.formerNames.first(where: seen.contains) {
                throw contradiction(
                    "variables", "the contract declares `\(former)` and calls it a former name of `\(variable.name)`.")
            }
            if let condition = variable.readWhen {
                try require(
                    seen.contains(condition.variable), "variables",
                    "`\(variable.name)` is read depending on `\(condition.variable)`, which the contract does not declare."
                )
            }
        }
        let paths = [("liveness", paths.liveness), ("readiness", paths.readiness)]
        for (name, path) in paths {
            try require(path.hasPrefix("/"), "paths.\(name)", "the contract's \(name) path does not begin with `/`.")
        }
        try require(startBudgetSeconds > 0, "start_budget_seconds", "the contract's start budget is not above zero.")
        try require(drainSeconds >= 0, "drain_seconds", "the contract's drain time is negative.")
    }

    private func check(_ variable: VariableDeclaration, _ path: String) throws(ContractError) {
        let name = variable.name
        try require(!name.isEmpty, path, "the contract has a variable without a name.")
        try require(
            !name.hasPrefix(InstanceEnvironment.prefix), path,
            "the contract declares `\(name)`, and names that begin with `\(InstanceEnvironment.prefix)` are the platform's."
        )
        try require(
            !variable.required || variable.defaultValue == nil, path, "`\(name)` is required and has a default.")
        try require(
            variable.minimum ?? .min <= variable.maximum ?? .max, path, "`\(name)` has bounds that nothing can meet.")
        if let pattern = variable.pattern {
            do { _ = try Regex(pattern) } catch {
                throw contradiction(path, "`\(name)` has a pattern that is no regular expression.")
            }
        }
    }

    private func require(_ condition: Bool, _ path: String, _ message: String) throws(ContractError) {
        guard condition else { throw contradiction(path, message) }
    }

    private func contradiction(_ path: String, _ message: String) -> ContractError {
        ContractError(kind: .contradiction, path: path, message: message)
    }
}
