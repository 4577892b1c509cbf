import Contract
import Definitions
import Secrets
import Synchronization

/// Fetches every secret of an environment, each by itself, so that all failures are seen at once.
package final class SecretChecks: Sendable {
    private let environment: Environment
    private let contracts: [String: ArtifactContract]
    private let resolver: SecretResolver
    private let given: [String: Secret]
    private let check: ValueCheck
    private let values = Mutex<[String: Secret]>([:])

    /// - Parameters:
    ///   - resolver: one that makes and keeps nothing.
    ///   - given: values of the caller's shell by variable name.
    ///   - values: what is asked of every value.
    package init(
        _ environment: Environment, contracts: [String: ArtifactContract], resolver: SecretResolver,
        given: [String: Secret], values: ValueCheck
    ) {
        self.contracts = contracts
        check = values
        self.environment = environment
        self.resolver = resolver
        self.given = given
    }

    /// What was fetched so far, by `SecretScope` key.
    package var resolved: [String: Secret] { values.withLock { $0 } }

    package func all(limit: Duration) -> [PreflightCheck] {
        environment.allSecrets.map { definition in
            PreflightCheck(
                .secret, definition.name, services: readers(of: definition.name), place: definition.place, limit: limit
            ) { [self] in await fetch(definition) }
        }
    }

    private func readers(of key: String) -> [String] {
        let owner = key.split(separator: "/").first.map(String.init) ?? ""
        return key.contains("/") ? [owner] : environment.services.map(\.name)
    }

    private func fetch(_ definition: Placed<SecretDefinition>) async -> [CheckReport] {
        do throws(SecretFailures) {
            let found = try await resolver.resolve([definition], environment: environment.name, given: given)
            values.withLock { $0.merge(found) { $1 } }
            let wrong = found.flatMap { flaws(of: $0.key, $0.value) }
            return wrong.isEmpty ? [.passed("\(definition.name) is there, and looks as it should.")] : wrong
        } catch {
            let fix = "Mend its source under secrets: in the environment's file."
            return [CheckReport(.unreachable, "\(error)", fix: fix)]
        }
    }

    private func flaws(of key: String, _ secret: Secret) -> [CheckReport] {
        let name = key.split(separator: "/").last.map(String.init) ?? key
        let declarations = readers(of: key).compactMap { service in
            contracts[service]?.variables.first { $0.name == name }
        }
        return check.flaws(name: name, value: secret.reveal(), declarations: declarations, isSecret: true).map {
            CheckReport($0.severity == .error ? .invalid : .warned, $0.message, fix: $0.fix, rule: $0.rule)
        }
    }
}
