/// How secrets of one service are told from the environment's, wherever both are kept together.
package enum SecretScope {
    /// `service/NAME`; a variable's name has no slash.
    package static func key(_ name: String, service: String) -> String { "\(service)/\(name)" }

    /// What the service gets for `name`: its own value, or else the environment's.
    package static func value<Value>(of name: String, service: String, in values: [String: Value]) -> Value? {
        values[key(name, service: service)] ?? values[name]
    }

    /// The value of `name` for whoever is no service: the environment's, or that of the first service that has its own.
    package static func value<Value>(of name: String, in values: [String: Value]) -> Value? {
        values[name] ?? values.filter { $0.key.hasSuffix("/\(name)") }.min { $0.key < $1.key }?.value
    }

    /// The names among `keys` that `service` gets, each with its key.
    package static func names(of service: String, in keys: some Sequence<String>) -> [String: String] {
        let own = "\(service)/"
        var names: [String: String] = [:]
        for key in keys where !key.contains("/") { names[key] = key }
        for key in keys where key.hasPrefix(own) { names[String(key.dropFirst(own.count))] = key }
        return names
    }
}

extension Environment {
    /// Every secret under the key that it is kept by: the environment's by their names, those of single services by
    /// `SecretScope.key`.
    package var allSecrets: [Placed<SecretDefinition>] {
        secrets
            + services.flatMap { service in
                service.secrets.map {
                    Placed(name: SecretScope.key($0.name, service: service.name), value: $0.value, place: $0.place)
                }
            }
    }

    /// The plain values that a service is given, its own before the environment's.
    package func variables(of service: ServiceDefinition) -> [String: String] {
        var values: [String: String] = [:]
        for variable in variables { values[variable.name] = variable.value.text }
        for secret in service.secrets { values[secret.name] = nil }
        for variable in service.variables { values[variable.name] = variable.value.text }
        return values
    }
}
