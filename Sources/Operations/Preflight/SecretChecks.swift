import Definitions
import Secrets
import Synchronization

/// Fetches every secret of an environment, each by itself, so that all failures are seen at once.
package final class SecretChecks: Sendable {
    private let environment: Environment
    private let resolver: SecretResolver
    private let given: [String: Secret]
    private let values = Mutex<[String: Secret]>([:])

    /// - Parameters:
    ///   - resolver: one that makes and keeps nothing.
    ///   - given: values of the caller's shell by variable name.
    package init(_ environment: Environment, resolver: SecretResolver, given: [String: Secret]) {
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
            ) { [self] in [await fetch(definition)] }
        }
    }

    private func readers(of key: String) -> [String] {
        let owner = key.split(separator: "/").first.map(String.init) ?? ""
        return key.contains("/") ? [owner] : environment.services.map(\.name)
    }

    private func fetch(_ definition: Placed<SecretDefinition>) async -> CheckReport {
        do throws(SecretError) {
            let found = try await resolver.resolve([definition], environment: environment.name, given: given)
            values.withLock { $0.merge(found) { $1 } }
            return .passed("\(definition.name) could be had.")
        } catch {
            return CheckReport(
                .unreachable, "\(error)", fix: "Mend its source under secrets: in the environment's file.")
        }
    }
}
