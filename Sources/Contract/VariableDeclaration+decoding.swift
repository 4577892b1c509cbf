extension VariableDeclaration {
    /// Reads a declaration; what may be left out has the defaults of `init`.
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            name: try values.decode(String.self, forKey: .name),
            kind: try values.decode(VariableKind.self, forKey: .kind),
            summary: try values.decode(String.self, forKey: .summary),
            required: try values.decodeIfPresent(Bool.self, forKey: .required) ?? false,
            defaultValue: try values.decodeIfPresent(String.self, forKey: .defaultValue),
            secret: try values.decodeIfPresent(Bool.self, forKey: .secret) ?? false,
            allowed: try values.decodeIfPresent([String].self, forKey: .allowed),
            minimum: try values.decodeIfPresent(Int.self, forKey: .minimum),
            maximum: try values.decodeIfPresent(Int.self, forKey: .maximum),
            pattern: try values.decodeIfPresent(String.self, forKey: .pattern),
            formerNames: try values.decodeIfPresent([String].self, forKey: .formerNames) ?? [],
            forbidden: try values.decodeIfPresent([String: [String]].self, forKey: .forbidden) ?? [:],
            readWhen: try values.decodeIfPresent(VariableCondition.self, forKey: .readWhen),
            requiredIn: try values.decodeIfPresent([String].self, forKey: .requiredIn) ?? [],
            format: try values.decodeIfPresent(ValueFormat.self, forKey: .format),
            role: try values.decodeIfPresent(String.self, forKey: .role),
            agreesOn: try values.decodeIfPresent(String.self, forKey: .agreesOn),
            pointsAt: try values.decodeIfPresent(String.self, forKey: .pointsAt),
            needsRestart: try values.decodeIfPresent(Bool.self, forKey: .needsRestart) ?? true)
    }
}

extension VariableCondition {
    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            variable: try values.decode(String.self, forKey: .variable),
            values: try values.decodeIfPresent([String].self, forKey: .values) ?? [],
            prefixes: try values.decodeIfPresent([String].self, forKey: .prefixes) ?? [])
    }

    /// Whether the condition holds for the value that `variable` has; without one it does not.
    package func holds(for value: String?) -> Bool {
        guard let value else { return false }
        return values.contains(value) || prefixes.contains { value.hasPrefix($0) }
    }

    enum CodingKeys: String, CodingKey, CaseIterable { case variable, values, prefixes }
}
