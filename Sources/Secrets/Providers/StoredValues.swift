import Contract
import Crypto

/// Values that this installation keeps itself, each sealed in a file of its own, with a number that grows.
struct StoredValues: Sendable {
    private static let version = "#version"
    private let seals: SealStore

    /// - Parameter directory: `.tidegate/generated`.
    init(directory: String, key: InstallationKey) { seals = SealStore(directory: directory, key: key) }

    /// Nil when none was kept yet.
    func value(_ name: String, environment: String) throws(SecretError) -> ResolvedSecret? {
        do {
            let kept = try seals.open(bundle: Self.id(name, environment))
            guard let value = kept[name] else { return nil }
            return ResolvedSecret(value: value, version: kept[Self.version]?.reveal() ?? "1")
        } catch .sealMissing {
            return nil
        }
    }

    func keep(_ value: Secret, _ name: String, environment: String) throws(SecretError) {
        let last = try self.value(name, environment: environment)?.version.flatMap(Int.init) ?? 0
        try seals.seal([name: value, Self.version: Secret(String(last + 1))], bundle: Self.id(name, environment))
    }

    /// Random bytes in hex.
    static func random(bytes: Int) -> Secret {
        Secret(SymmetricKey(size: SymmetricKeySize(bitCount: bytes * 8)).withUnsafeBytes { Hexadecimal.text($0) })
    }

    /// A service's own secret is named `service/NAME`.
    private static func id(_ name: String, _ environment: String) -> String {
        "\(environment).\(name.replacing("/", with: "+"))"
    }
}
