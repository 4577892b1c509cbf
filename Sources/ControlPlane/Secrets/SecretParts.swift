import Contract
import Definitions
import Secrets

/// What the control plane needs to answer for secrets.
package struct SecretParts: Sendable {
    package var resolver: SecretResolver
    package var book: SecretBook
    package var rotations: RotationService
    package var key: InstallationKey
    /// The contracts that the project's files give for an environment's services.
    package var contracts: @Sendable (Environment) throws -> [String: ArtifactContract]

    package init(
        resolver: SecretResolver, book: SecretBook, rotations: RotationService, key: InstallationKey,
        contracts: @Sendable @escaping (Environment) throws -> [String: ArtifactContract]
    ) {
        self.resolver = resolver
        self.book = book
        self.rotations = rotations
        self.key = key
        self.contracts = contracts
    }
}

extension Project {
    /// The contracts that the project's files give for an environment's services.
    package func contracts(of environment: Environment) throws -> [String: ArtifactContract] {
        let sources = try readSources()
        return try environment.services.reduce(into: [:]) { contracts, service in
            guard let bytes = sources.files["contracts/\(service.name).json"] else { return }
            contracts[service.name] = try ArtifactContract.decode(bytes)
        }
    }
}
