/// The reserved variables that a platform gives to every instance, outside its contract.
package enum InstanceEnvironment {
    /// The instance's id: how the platform finds it again.
    package static let instance = "TIDEGATE_INSTANCE"
    /// The release that the instance runs, which it reports as `release` in its readiness body.
    package static let release = "TIDEGATE_RELEASE"
    /// The digest of the bundle that the instance runs.
    package static let bundle = "TIDEGATE_BUNDLE"
    /// Hex key for the digests of configuration values, derived per environment.
    package static let digestKey = "TIDEGATE_DIGEST_KEY"
    /// The bearer token that control paths ask for.
    package static let controlToken = "TIDEGATE_CONTROL_TOKEN"
    /// `environment/service`, for logs.
    package static let service = "TIDEGATE_SERVICE"
    package static let prefix = "TIDEGATE_"
}

/// The bytes over which an instance's `config_digest` is computed, the same on both sides.
///
/// The digest is the lower-case hex of HMAC-SHA256 under `TIDEGATE_DIGEST_KEY` over `canonicalBytes`; a single value's
/// digest is the same HMAC over `name`, a NUL byte and the value.
package enum ConfigurationDigest {
    /// Names and values that are set, of the declared variables but the port's, sorted by name: each name and value is
    /// preceded by its UTF-8 length in decimal and a colon, so that no two maps share an encoding.
    package static func canonicalBytes(contract: ArtifactContract, values: [String: String]) -> [UInt8] {
        let names = contract.variables.map(\.name).filter { $0 != contract.portVariable }.sorted()
        var bytes: [UInt8] = []
        for name in names {
            guard let value = values[name] else { continue }
            for part in [name, value] {
                bytes.append(contentsOf: "\(part.utf8.count):".utf8)
                bytes.append(contentsOf: part.utf8)
            }
        }
        return bytes
    }

    package static func canonicalBytes(name: String, value: String) -> [UInt8] {
        Array(name.utf8) + [0] + Array(value.utf8)
    }
}
