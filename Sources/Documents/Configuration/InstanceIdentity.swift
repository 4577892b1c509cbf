import Contract
import Crypto

/// What the platform told this process about itself, outside its contract. Absent when nobody deployed it.
package struct InstanceIdentity: Sendable {
    package var instance: String
    package var release: String
    /// The digest of the bundle that it is part of.
    package var bundle: String
    /// Nil: nobody may use the control paths.
    package var controlToken: Credential?
    private var digestKey: SymmetricKey?
    private var contract: ArtifactContract
    private var environment: [String: String]

    package init(contract: ArtifactContract, environment: [String: String]) {
        self.contract = contract
        instance = environment[InstanceEnvironment.instance] ?? "local"
        release = environment[InstanceEnvironment.release] ?? "unreleased"
        bundle = environment[InstanceEnvironment.bundle] ?? "none"
        controlToken = environment[InstanceEnvironment.controlToken].flatMap { $0.isEmpty ? nil : Credential($0) }
        digestKey = environment[InstanceEnvironment.digestKey].flatMap(Hexadecimal.bytes).map { SymmetricKey(data: $0) }
        let names = Set(contract.variables.map(\.name))
        self.environment = environment.filter { names.contains($0.key) }
    }

    /// Every value that is secret here, in the variables that this process was started with.
    package func secrets(in variables: [String: String]) -> [Credential] {
        let names = contract.variables.filter(\.secret).map(\.name)
        let secret = Set(names + [InstanceEnvironment.controlToken, InstanceEnvironment.digestKey])
        return variables.filter { secret.contains($0.key) && !$0.value.isEmpty }.values.map(Credential.init)
    }

    /// The digest of what is configured; nil without a key.
    package var configDigest: String? {
        digestKey.map { key in
            Self.digest(ConfigurationDigest.canonicalBytes(contract: contract, values: environment), key)
        }
    }

    /// The digest of each variable that is set, by name; nil without a key.
    package var digests: [String: String]? {
        guard let digestKey else { return nil }
        return Dictionary(
            uniqueKeysWithValues: environment.map { name, value in
                (name, Self.digest(ConfigurationDigest.canonicalBytes(name: name, value: value), digestKey))
            })
    }

    /// Whether a request's `X-Control-Token` or bearer token is the control token. Takes the same time either way.
    package func isControl(_ token: String?) -> Bool {
        guard let controlToken, let token else { return false }
        let key = SymmetricKey(size: .bits256)
        let expected = HMAC<SHA256>.authenticationCode(for: Array(controlToken.reveal().utf8), using: key)
        return HMAC<SHA256>.isValidAuthenticationCode(expected, authenticating: Array(token.utf8), using: key)
    }

    private static func digest(_ bytes: [UInt8], _ key: SymmetricKey) -> String {
        Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
    }
}
