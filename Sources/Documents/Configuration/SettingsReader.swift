import Contract

/// Declares variables and reads them in the same breath, so that a module's contract and what it reads cannot differ.
///
/// Settings types have one initializer over a reader. Over a process's environment it yields values; over an empty one
/// it yields the declarations. Problems are collected: whoever reads gets placeholders, and asks for `problems` after.
package struct SettingsReader: Sendable {
    package static let prefix = "UPLOAD_PIPELINE_"

    package private(set) var declarations: [VariableDeclaration] = []
    /// One clause a variable, without secret values.
    package private(set) var problems: [String] = []
    private let environment: [String: String]
    private var effective: [String: String] = [:]

    package init(environment: [String: String]) {
        self.environment = environment
    }

    /// Why a text is not a value, as the end of the sentence "NAME …".
    package struct Unfit: Error {
        var reason: String
        package init(_ reason: String) { self.reason = reason }
    }

    /// Declares one variable and reads it.
    /// - Returns: nil when it is unset, unread in this mode, or wrong; a wrong or missing one is among `problems`.
    package mutating func read<Value>(
        _ variable: VariableDeclaration, _ parse: (String) throws(Unfit) -> Value
    ) -> Value? {
        declarations.append(variable)
        if let condition = variable.readWhen, !holds(condition) { return nil }
        let given = environment[variable.name].flatMap { $0.isEmpty ? nil : $0 }
        guard let text = given ?? variable.defaultValue else {
            if variable.required { problems.append(missing(variable)) }
            return nil
        }
        effective[variable.name] = text
        do throws(Unfit) {
            try check(text, variable)
            return try parse(text)
        } catch {
            let shown = variable.secret ? "" : " (it is \"\(text)\")"
            problems.append("\(variable.name) \(error.reason)\(shown)")
            return nil
        }
    }

    /// Adds a problem that concerns variables together.
    package mutating func refuse(_ problem: String) { problems.append(problem) }

    /// Whether the process's environment sets the variable, whether or not it is read in this mode.
    package func isSet(_ name: String) -> Bool { environment[name] != nil }

    /// Whether the variable had a value, and was read.
    func wasRead(_ name: String) -> Bool { effective[name] != nil }

    private func holds(_ condition: VariableCondition) -> Bool {
        guard let value = effective[condition.variable] else { return false }
        return condition.values.contains(value) || condition.prefixes.contains { value.hasPrefix($0) }
    }

    private func missing(_ variable: VariableDeclaration) -> String {
        if let former = variable.formerNames.first(where: { environment[$0] != nil }) {
            return "\(variable.name) is missing; \(former), which is set, is its former name: rename it"
        }
        return "\(variable.name) is missing (\(variable.summary))"
    }

    private func check(_ text: String, _ variable: VariableDeclaration) throws(Unfit) {
        if let allowed = variable.allowed, !allowed.contains(text) {
            throw Unfit("must be one of \(allowed.joined(separator: ", "))")
        }
        let name = effective[SettingsReader.prefix + "ENVIRONMENT"] ?? ""
        guard let forbidden = variable.forbidden[name] else { return }
        let parts = variable.kind == .list ? SettingValues.list(text) : [text]
        if let part = parts.first(where: forbidden.contains) {
            throw Unfit("must not be \(part) in \(name)")
        }
    }
}

/// Why a module cannot start: everything that is wrong with its variables, in one sentence.
package struct SettingsError: Error, Sendable, Equatable, CustomStringConvertible {
    package var module: String
    package var problems: [String]

    package init(module: String, problems: [String]) {
        self.module = module
        self.problems = problems
    }

    package var description: String {
        "The \(module) cannot start: \(problems.joined(separator: "; "))."
    }
}
