/// What `release create` asks for. The engine does it, so the folders are paths on the engine's machine.
package struct ReleaseRequest: Codable, Sendable, Equatable {
    package var version: String
    /// Each subfolder with an `artifact.json` is a service's artifact.
    package var from: String?
    /// Folders by service, which win over those of `from`.
    package var folders: [String: String]
    /// Defaults for the release's copy of the contracts.
    package var settings: [String: String]
    package var actor: String
    package var origin: String?

    package init(
        version: String, from: String?, folders: [String: String] = [:], settings: [String: String] = [:],
        actor: String, origin: String? = nil
    ) {
        self.version = version
        self.from = from
        self.folders = folders
        self.settings = settings
        self.actor = actor
        self.origin = origin
    }
}

package enum ReleaseError: Error, Sendable, Equatable, CustomStringConvertible {
    case invalidVersion(String)
    case noArtifacts(folder: String)
    case unreadableArtifact(path: String, reason: String)
    /// `--set` names what no contract of the release declares, or a secret.
    case unknownSetting(name: String, services: [String])
    case secretSetting(name: String)
    /// The version is taken by other content; releases never change.
    case differentContent(version: String, recorded: Digest, offered: Digest)
    case unknown(String)
    case notBlocked(String)
    case notRecorded(reason: String)

    package var description: String {
        switch self {
        case .invalidVersion(let version):
            "\"\(version)\" cannot be a version: use 1 to 100 letters, digits, and . _ + - after the first"
        case .noArtifacts(let folder):
            "\(folder) holds no artifact: each service needs a folder with artifact.json (command and contract)"
        case .unreadableArtifact(let path, let reason): "\(path): \(reason)"
        case .unknownSetting(let name, let services):
            "--set \(name): no contract of \(services.joined(separator: ", ")) declares it; see tidegate contract"
        case .secretSetting(let name): "--set \(name): it is a secret; name its source under secrets: instead"
        case .differentContent(let version, let recorded, let offered):
            "release \(version) is recorded with other content (\(recorded.short), not \(offered.short)): "
                + "use another version"
        case .unknown(let version): "there is no release \(version): see tidegate release list"
        case .notBlocked(let version): "release \(version) is not blocked"
        case .notRecorded(let reason): "the release could not be recorded: \(reason)"
        }
    }
}

/// The recorded releases. Recording the same content under the same version again changes nothing.
package protocol Releases: Sendable {
    /// - Returns: the release, and whether it is new.
    func create(_ request: ReleaseRequest) async throws -> (release: Release, isNew: Bool)
    func release(_ version: String) async throws -> Release
    /// Newest first.
    func list() async throws -> [Release]
    func block(_ version: String, reason: String) async throws
    /// - Throws: `ReleaseError.notBlocked`.
    func unblock(_ version: String, by actor: String, reason: String) async throws
}
