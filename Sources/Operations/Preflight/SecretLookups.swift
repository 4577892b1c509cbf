import Definitions
import Secrets
import Synchronization

/// Fetches every secret of an environment, each by itself, so that all failures are seen at once.
package final class SecretLookups: Sendable {
    private let environment: Environment
    private let resolver: SecretResolver
    private let given: [String: Secret]
    private let readers: @Sendable (String) -> [String]
    private let check: @Sendable (String, Secret) -> [Finding]
    private let values = Mutex<[String: Secret]>([:])

    /// - Parameters:
    ///   - resolver: one that makes and keeps nothing.
    ///   - given: values of the caller's shell by variable name.
    ///   - readers: the services that read a secret, by its `SecretScope` key.
    ///   - check: what is wrong with the value that was found for a key.
    package init(
        _ environment: Environment, resolver: SecretResolver, given: [String: Secret],
        readers: @Sendable @escaping (String) -> [String], check: @Sendable @escaping (String, Secret) -> [Finding]
    ) {
        self.environment = environment
        self.resolver = resolver
        self.given = given
        self.readers = readers
        self.check = check
    }

    /// What was fetched so far, by `SecretScope` key.
    package var resolved: [String: Secret] { values.withLock { $0 } }

    package func all(limit: Duration) -> [PreflightCheck] {
        environment.allSecrets.map { definition in
            PreflightCheck(
                .secret, definition.name, services: readers(definition.name), place: definition.place, limit: limit
            ) { [self] in await fetch(definition) }
        }
    }

    private func fetch(_ definition: Placed<SecretDefinition>) async -> [CheckReport] {
        do throws(SecretFailures) {
            let found = try await resolver.resolve([definition], environment: environment.name, given: given)
            values.withLock { $0.merge(found) { $1 } }
            let wrong = found.flatMap { check($0.key, $0.value) }.map(CheckReport.init)
            return wrong.isEmpty ? [.passed("\(definition.name) is there, and looks as it should.")] : wrong
        } catch {
            let fix = "Mend its source under secrets: in the environment's file."
            return [CheckReport(.unreachable, "\(error)", fix: fix)]
        }
    }
}

extension CheckReport {
    /// What a rule says of something that was only known now.
    package init(_ finding: Finding) {
        self.init(
            finding.severity == .error ? .invalid : .warned, finding.message, fix: finding.fix, rule: finding.rule)
    }
}
