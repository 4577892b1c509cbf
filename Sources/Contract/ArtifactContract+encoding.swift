/// Contracts are written without what a reader puts in by itself, so that files stay short.
extension ArtifactContract {
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(contract, forKey: .contract)
        try values.encode(service, forKey: .service)
        try values.encode(variables, forKey: .variables)
        try values.encode(portVariable, forKey: .portVariable)
        try values.encode(paths, forKey: .paths)
        try values.encodeIfPresent(migrations, forKey: .migrations)
        try values.encode(startBudgetSeconds, forKey: .startBudgetSeconds)
        try values.encode(drainSeconds, forKey: .drainSeconds)
        try values.encode(bindAddress, forKey: .bindAddress, unless: Self.loopback)
        try values.encode(providers, forKey: .providers, unless: [])
        try values.encode(databases, forKey: .databases, unless: [])
        try values.encodeIfPresent(queues, forKey: .queues)
        try values.encodeIfPresent(checkArguments, forKey: .checkArguments)
        try values.encode(smokeSuites, forKey: .smokeSuites, unless: [])
    }
}

extension VariableDeclaration {
    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(name, forKey: .name)
        try values.encode(kind, forKey: .kind)
        try values.encode(summary, forKey: .summary)
        try values.encode(required, forKey: .required, unless: false)
        try values.encodeIfPresent(defaultValue, forKey: .defaultValue)
        try values.encode(secret, forKey: .secret, unless: false)
        try values.encodeIfPresent(allowed, forKey: .allowed)
        try values.encodeIfPresent(minimum, forKey: .minimum)
        try values.encodeIfPresent(maximum, forKey: .maximum)
        try values.encodeIfPresent(pattern, forKey: .pattern)
        try values.encode(formerNames, forKey: .formerNames, unless: [])
        try values.encode(forbidden, forKey: .forbidden, unless: [:])
        try values.encodeIfPresent(readWhen, forKey: .readWhen)
        try values.encode(requiredIn, forKey: .requiredIn, unless: [])
        try values.encodeIfPresent(format, forKey: .format)
        try values.encodeIfPresent(role, forKey: .role)
        try values.encodeIfPresent(agreesOn, forKey: .agreesOn)
        try values.encodeIfPresent(pointsAt, forKey: .pointsAt)
        try values.encode(needsRestart, forKey: .needsRestart, unless: true)
    }
}

extension VariableCondition {
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(variable, forKey: .variable)
        try container.encode(values, forKey: .values, unless: [])
        try container.encode(prefixes, forKey: .prefixes, unless: [])
    }
}

extension KeyedEncodingContainer {
    fileprivate mutating func encode<Value: Encodable & Equatable>(
        _ value: Value, forKey key: Key, unless standard: Value
    ) throws {
        if value != standard { try encode(value, forKey: key) }
    }
}
