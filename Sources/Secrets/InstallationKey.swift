import Contract
import Crypto
import FoundationEssentials

/// The key of one installation, from which every other key is derived. It never leaves `.tidegate/`.
package struct InstallationKey: Sendable {
    private let key: SymmetricKey

    /// Reads `installation.key` in the state directory, and makes it first if there is none.
    /// - Throws: `SecretError.damagedKey`, `.unreadable`, `.unwritable`.
    package static func loadOrCreate(stateDirectory: String) throws(SecretError) -> InstallationKey {
        let path = "\(stateDirectory)/installation.key"
        if let bytes = try PrivateFile.read(path) { return try parse(bytes, path: path) }
        try PrivateFile.makeFolder(stateDirectory)
        let fresh = SymmetricKey(size: .bits256).withUnsafeBytes { Hexadecimal.text($0) }
        try PrivateFile.create(Array("\(fresh)\n".utf8), at: path)
        // Somebody else may have been first: what is on disk counts.
        return try parse(PrivateFile.read(path) ?? [], path: path)
    }

    /// A key of known bytes, for tests.
    package init(bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    private static func parse(_ bytes: [UInt8], path: String) throws(SecretError) -> InstallationKey {
        let text = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).first ?? ""
        guard let raw = Hexadecimal.bytes(String(text)), raw.count == 32 else { throw .damagedKey(path: path) }
        return InstallationKey(bytes: raw)
    }

    /// HKDF-SHA256 (RFC 5869) with the purpose as `info`.
    func derived(_ purpose: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: Array("tidegate/\(purpose)".utf8), outputByteCount: 32)
    }

    /// What an instance gets as `TIDEGATE_DIGEST_KEY`: hex.
    package func digestKey(environment: String) -> String { hex(derived("digest/\(environment)")) }

    /// What an instance gets as `TIDEGATE_CONTROL_TOKEN`, and what the control plane shows it.
    package func controlToken(environment: String) -> String { hex(derived("control/\(environment)")) }

    /// The keyed digest of one value, as instances report it on their control path.
    package func digest(environment: String, name: String, value: String) -> String {
        code(environment, ConfigurationDigest.canonicalBytes(name: name, value: value))
    }

    /// The digest that an instance with these values must report as `config_digest`.
    package func configDigest(environment: String, contract: ArtifactContract, values: [String: String]) -> String {
        code(environment, ConfigurationDigest.canonicalBytes(contract: contract, values: values))
    }

    /// The same for equal values wherever they are used in this installation, and of no use without its key: what tells
    /// that two environments share a secret. HMAC-SHA256 under a key of its own.
    package func fingerprint(_ value: Secret) -> String {
        let key = derived("fingerprint")
        return Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: Array(value.reveal().utf8), using: key))
    }

    private func code(_ environment: String, _ bytes: [UInt8]) -> String {
        Hexadecimal.text(HMAC<SHA256>.authenticationCode(for: bytes, using: derived("digest/\(environment)")))
    }

    private func hex(_ key: SymmetricKey) -> String { key.withUnsafeBytes { Hexadecimal.text($0) } }
}
