import Contract
import Definitions
import Rollouts
import Secrets

/// A value that some environment runs, known by its fingerprint alone.
package struct KnownFingerprint: Sendable, Equatable {
    package var environment: String
    package var isProduction: Bool
    package var name: String
    package var fingerprint: String

    package init(environment: String, isProduction: Bool, name: String, fingerprint: String) {
        self.environment = environment
        self.isProduction = isProduction
        self.name = name
        self.fingerprint = fingerprint
    }
}

/// What is wrong with secret values once they are known: the rules for values, which a provider's answer has to keep like
/// anything that stands in a file, and that no two environments share one. Pure; findings never hold a value.
package struct SecretChecks: Sendable {
    /// Shorter values are words such as `true`, which are the same everywhere.
    static let shortestShared = 8

    let environment: Environment
    let contracts: [String: ArtifactContract]
    let otherEnvironments: [String]
    let now: Timestamp
    let fingerprint: @Sendable (Secret) -> String

    package init(
        environment: Environment, contracts: [String: ArtifactContract], otherEnvironments: [String], now: Timestamp,
        key: InstallationKey
    ) {
        self.environment = environment
        self.contracts = contracts
        self.otherEnvironments = otherEnvironments
        self.now = now
        fingerprint = { key.fingerprint($0) }
    }

    /// - Parameters:
    ///   - values: by the keys of `Environment.allSecrets`.
    ///   - elsewhere: what other environments run.
    package func findings(_ values: [String: Secret], elsewhere: [KnownFingerprint] = []) -> [Finding] {
        environment.allSecrets.flatMap { secret in values[secret.name].map { flaws(secret, $0) } ?? [] }
            + shared(values, elsewhere: elsewhere)
    }

    /// Those that have a value which they should not share.
    package func shared(_ values: [String: Secret], elsewhere: [KnownFingerprint]) -> [Finding] {
        environment.allSecrets.flatMap { secret in
            values[secret.name].map { shared(secret, $0, elsewhere) } ?? []
        } + twins(values)
    }

    /// The declarations of the services that get this secret.
    package func declarations(_ key: String) -> [VariableDeclaration] {
        readers(key).compactMap { service in
            contracts[service]?.variables.first { $0.name == Self.name(key) }
        }
    }

    /// The services that read it, in the order of the file.
    package func readers(_ key: String) -> [String] {
        let name = Self.name(key)
        return environment.services.filter { service in
            guard contracts[service.name]?.variables.contains(where: { $0.name == name }) == true else { return false }
            if key != name { return key == SecretScope.key(name, service: service.name) }
            return !service.secrets.contains { $0.name == name } && !service.variables.contains { $0.name == name }
        }.map(\.name)
    }

    /// The variable's name, without the service before it.
    package static func name(_ key: String) -> String {
        key.split(separator: "/").last.map(String.init) ?? key
    }

    private func flaws(_ secret: Placed<SecretDefinition>, _ value: Secret) -> [Finding] {
        // What stands in the file was checked with it.
        if case .literal = secret.value.source { return [] }
        let check = ValueCheck(
            environment: environment.name, kind: environment.kind, otherEnvironments: otherEnvironments,
            now: Int(now.microseconds / 1_000_000))
        return check.flaws(
            name: Self.name(secret.name), value: value.reveal(), declarations: declarations(secret.name),
            isSecret: true
        ).map { finding($0.rule, secret, $0.severity, $0.message, $0.fix) }
    }

    private func shared(
        _ secret: Placed<SecretDefinition>, _ value: Secret, _ elsewhere: [KnownFingerprint]
    ) -> [Finding] {
        guard value.reveal().utf8.count >= Self.shortestShared else { return [] }
        let own = fingerprint(value)
        let places = elsewhere.filter { $0.fingerprint == own && $0.environment != environment.name }
        guard let first = places.first else { return [] }
        let isError = environment.kind == .production || places.contains(where: \.isProduction)
        return [
            finding(
                "secret.shared", secret, isError ? .error : .warning,
                "`\(Self.name(secret.name))` has the value that \(first.environment) runs as `\(Self.name(first.name))`.",
                "Give \(environment.name) a value of its own: what leaks in one of them opens the other.")
        ]
    }

    /// Secrets of this environment that have the same value, though nothing says that they should.
    private func twins(_ values: [String: Secret]) -> [Finding] {
        var seen: [String: Placed<SecretDefinition>] = [:]
        var findings: [Finding] = []
        for secret in environment.allSecrets {
            guard let value = values[secret.name], value.reveal().utf8.count >= Self.shortestShared else { continue }
            let print = fingerprint(value)
            guard let first = seen[print] else {
                seen[print] = secret
                continue
            }
            guard Self.name(first.name) != Self.name(secret.name), !agree(first.name, secret.name) else { continue }
            findings.append(
                finding(
                    "secret.shared", secret, .warning,
                    "`\(Self.name(secret.name))` has the same value as `\(Self.name(first.name))`.",
                    "Give each its own value, or declare in their contracts that they agree (agrees_on)."))
        }
        return findings
    }

    private func agree(_ one: String, _ other: String) -> Bool {
        let words = Set(declarations(one).compactMap(\.agreesOn))
        return declarations(other).contains { $0.agreesOn.map(words.contains) ?? false }
    }

    private func finding(
        _ rule: String, _ secret: Placed<SecretDefinition>, _ severity: Finding.Severity, _ message: String,
        _ fix: String
    ) -> Finding {
        Finding(
            rule: rule, severity: severity, environment: environment.name, place: secret.place,
            name: Self.name(secret.name), message: message, fix: fix)
    }
}
