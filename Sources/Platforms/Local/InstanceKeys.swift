import Contract
import Definitions
import Rollouts
import Secrets

/// Where a platform gets what an instance needs and nobody may see.
package struct InstanceKeys: Sendable {
    /// The values that are sealed for a bundle, by name.
    package var secrets: @Sendable (Digest) async throws -> [String: Secret]
    /// The environment's key for digests of configuration values, in hexadecimal.
    package var digestKey: @Sendable (_ environment: String) async throws -> Secret
    /// The environment's bearer token for control paths.
    package var controlToken: @Sendable (_ environment: String) async throws -> Secret

    package init(
        secrets: @Sendable @escaping (Digest) async throws -> [String: Secret],
        digestKey: @Sendable @escaping (_ environment: String) async throws -> Secret,
        controlToken: @Sendable @escaping (_ environment: String) async throws -> Secret
    ) {
        self.secrets = secrets
        self.digestKey = digestKey
        self.controlToken = controlToken
    }
}

/// The environment of one process, and what masks its secrets in text.
struct InstanceVariables: Sendable {
    var values: [String: String]
    var redactor: Redactor

    /// - Throws: `PlatformError.sealUnavailable` when a secret that the service names is not there.
    init(
        _ specification: InstanceRecord.Specification, id: String, port: Int?, keys: InstanceKeys,
        inherited: [String: String]
    ) async throws(PlatformError) {
        let bundle = specification.bundle
        let service = specification.service
        let secrets: [String: Secret]
        let digestKey: Secret
        let controlToken: Secret
        do {
            secrets = service.secrets.isEmpty ? [:] : try await keys.secrets(bundle)
            digestKey = try await keys.digestKey(specification.environment)
            controlToken = try await keys.controlToken(specification.environment)
        } catch {
            throw .sealUnavailable(bundle: bundle, reason: "\(error)")
        }
        var values = inherited
        values.merge(service.variables) { _, new in new }
        for name in service.secrets.keys.sorted() {
            guard let secret = SecretScope.value(of: name, service: service.name, in: secrets) else {
                throw .sealUnavailable(bundle: bundle, reason: "its seal has no value for \(name)")
            }
            values[name] = secret.reveal()
        }
        if let port { values[service.artifact.contract.portVariable] = String(port) }
        values[InstanceEnvironment.instance] = id
        values[InstanceEnvironment.release] = specification.release
        values[InstanceEnvironment.bundle] = bundle.text
        values[InstanceEnvironment.service] = "\(specification.environment)/\(service.name)"
        values[InstanceEnvironment.digestKey] = digestKey.reveal()
        values[InstanceEnvironment.controlToken] = controlToken.reveal()
        self.values = values
        redactor = Redactor(Array(secrets.values) + [digestKey, controlToken])
    }
}
