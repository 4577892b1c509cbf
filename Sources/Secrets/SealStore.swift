import Crypto
import FoundationEssentials

/// The secret values of bundles, sealed (ChaCha20-Poly1305) under the installation key, one file per bundle. Restart
/// and rollback read them from here, and never ask a provider.
package struct SealStore: Sendable {
    private let directory: String
    private let key: InstallationKey

    /// - Parameter directory: `.tidegate/sealed`; made when the first seal is written.
    package init(directory: String, key: InstallationKey) {
        self.directory = directory
        self.key = key
    }

    /// Seals the values under the bundle's digest; the digest is authenticated with them, so that a seal cannot be
    /// passed off as another bundle's.
    package func seal(_ secrets: [String: Secret], bundle: String) throws(SecretError) {
        try PrivateFile.makeFolder(directory)
        try PrivateFile.write(try sealed(secrets.mapValues { $0.reveal() }, bundle: bundle), to: path(bundle))
    }

    /// - Throws: `SecretError.sealMissing` or `.sealBroken`.
    package func open(bundle: String) throws(SecretError) -> [String: Secret] {
        guard let bytes = try PrivateFile.read(path(bundle)) else {
            throw .sealMissing(bundle: bundle, path: path(bundle))
        }
        do {
            let box = try ChaChaPoly.SealedBox(combined: bytes)
            let plain = try ChaChaPoly.open(box, using: key.derived("seal"), authenticating: Array(bundle.utf8))
            return try JSONDecoder().decode([String: String].self, from: plain).mapValues(Secret.init)
        } catch {
            throw .sealBroken(bundle: bundle, path: path(bundle))
        }
    }

    /// Forgets a bundle that nobody rolls back to any more.
    package func remove(bundle: String) throws(SecretError) {
        do {
            if FileManager.default.fileExists(atPath: path(bundle)) {
                try FileManager.default.removeItem(atPath: path(bundle))
            }
        } catch {
            throw .unwritable(path: path(bundle), reason: "\(error)")
        }
    }

    private func sealed(_ values: [String: String], bundle: String) throws(SecretError) -> [UInt8] {
        do {
            let plain = try JSONEncoder().encode(values)
            let box = try ChaChaPoly.seal(plain, using: key.derived("seal"), authenticating: Array(bundle.utf8))
            return Array(box.combined)
        } catch {
            throw .unwritable(path: path(bundle), reason: "the values could not be sealed")
        }
    }

    private func path(_ bundle: String) -> String {
        let name = bundle.split(separator: ":").last.map(String.init) ?? bundle
        return "\(directory)/\(name)"
    }
}
