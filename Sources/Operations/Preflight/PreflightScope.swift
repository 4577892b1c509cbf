import Contract
import Definitions
import Rollouts
import Secrets

/// What a preflight looks at: an environment's services with the values that their instances would get.
package struct PreflightScope: Sendable {
    /// One service, and what it would run with.
    package struct Service: Sendable {
        package var definition: ServiceDefinition
        package var contract: ArtifactContract
        /// Nil when no release was named and nothing runs.
        package var artifact: Artifact?
        /// Everything that it reads and that has a value; the plain ones among it, too, since nothing here is to be shown.
        package var values: [String: Secret]
        /// Names whose secret could not be had.
        package var unresolved: Set<String>

        package var name: String { definition.name }
    }

    package var environment: Environment
    package var services: [Service]
    /// What sentences call the release, such as `release v2`.
    package var release: String

    /// - Parameter secrets: those that could be had, by `SecretScope` key.
    package init(
        environment: Environment, contracts: [String: ArtifactContract], release: Release?,
        secrets: [String: Secret]
    ) {
        self.environment = environment
        self.release = release.map { "release \($0.version)" } ?? "the contract in contracts/"
        services = environment.services.compactMap { definition in
            guard let contract = contracts[definition.name] else { return nil }
            return Service(
                environment, definition, contract,
                artifact: release?.artifacts.first { $0.service == definition.name }, secrets)
        }
    }

    package var isDevelopment: Bool { environment.kind == .development }

    /// Where a service gets a variable's value from; what has no place of its own is at the service's.
    func place(of name: String, for service: Service) -> Place {
        let definition = service.definition
        let places =
            definition.variables.map { ($0.name, $0.place) } + definition.secrets.map { ($0.name, $0.place) }
            + environment.variables.map { ($0.name, $0.place) } + environment.secrets.map { ($0.name, $0.place) }
        return places.first { $0.0 == name }?.1 ?? definition.place
    }
}

extension PreflightScope.Service {
    fileprivate init(
        _ environment: Environment, _ definition: ServiceDefinition, _ contract: ArtifactContract,
        artifact: Artifact?, _ secrets: [String: Secret]
    ) {
        let wanted = Set(environment.allSecrets.map(\.name))
        var given = environment.variables(of: definition)
        var missing: Set<String> = []
        var keys = SecretScope.names(of: definition.name, in: wanted)
        for variable in definition.variables { keys[variable.name] = nil }
        for (name, key) in keys {
            if let secret = secrets[key] { given[name] = secret.reveal() } else { missing.insert(name) }
        }
        self.definition = definition
        self.contract = contract
        self.artifact = artifact
        values = BundleBuilder.values(contract, given).mapValues(Secret.init)
        unresolved = missing
    }
}

/// One value under one name, with the services that get it: what is the same for several is looked at once.
struct SharedValue: Sendable {
    var name: String
    var value: Secret
    var declaration: VariableDeclaration?
    var services: [PreflightScope.Service]
    var place: Place

    var serviceNames: [String] { services.map(\.name) }
}

extension PreflightScope {
    /// The different values of a variable among the services for which `applies` holds.
    func values(of name: String, where applies: (Service) -> Bool = { _ in true }) -> [SharedValue] {
        var found: [String: SharedValue] = [:]
        var order: [String] = []
        for service in services where applies(service) {
            guard let value = service.values[name] else { continue }
            let key = value.reveal()
            if found[key] == nil {
                order.append(key)
                found[key] = SharedValue(
                    name: name, value: value, declaration: service.contract.variables.first { $0.name == name },
                    services: [], place: place(of: name, for: service))
            }
            found[key]?.services.append(service)
        }
        return order.compactMap { found[$0] }
    }

    /// How a check of one of several values is called.
    func subject(_ value: SharedValue, among values: [SharedValue]) -> String {
        values.count == 1 ? value.name : "\(value.name) of \(value.serviceNames.joined(separator: " and "))"
    }
}
