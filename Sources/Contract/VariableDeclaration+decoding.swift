extension VariableDeclaration: ContractPart {
    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    /// Reads a declaration; what may be left out has the defaults of `init`.
    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            name: try fields.needed(.name),
            kind: try fields.needed(.kind),
            summary: try fields.needed(.summary),
            required: try fields.optional(.required) ?? false,
            defaultValue: try fields.optional(.defaultValue),
            secret: try fields.optional(.secret) ?? false,
            allowed: try fields.optional(.allowed),
            minimum: try fields.optional(.minimum),
            maximum: try fields.optional(.maximum),
            pattern: try fields.optional(.pattern),
            formerNames: try fields.optional(.formerNames) ?? [],
            forbidden: try fields.optional(.forbidden) ?? [:],
            readWhen: try fields.optional(.readWhen),
            requiredIn: try fields.optional(.requiredIn) ?? [],
            format: try fields.optional(.format),
            role: try fields.optional(.role),
            agreesOn: try fields.optional(.agreesOn),
            pointsAt: try fields.optional(.pointsAt),
            needsRestart: try fields.optional(.needsRestart) ?? true)
    }
}

extension VariableCondition: ContractPart {
    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            variable: try fields.needed(.variable),
            values: try fields.optional(.values) ?? [],
            prefixes: try fields.optional(.prefixes) ?? [])
    }

    /// Whether the condition holds for the value that `variable` has; without one it does not.
    package func holds(for value: String?) -> Bool {
        guard let value else { return false }
        return values.contains(value) || prefixes.contains { value.hasPrefix($0) }
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case variable, values, prefixes }
}

extension VariableKind: ContractValue {}
extension ValueFormat: ContractValue {}
