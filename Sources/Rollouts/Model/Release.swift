import Contract

/// One immutable release: an artifact per service, their contracts, a version and where it came from.
package struct Release: Codable, Sendable, Equatable {
    package var version: String
    /// Over the artifacts' digests and contracts.
    package var digest: Digest
    package var artifacts: [Artifact]
    package var createdAt: Timestamp
    package var createdBy: String
    /// Such as a commit or a build's address.
    package var origin: String?
    /// Why it may not be rolled out, until somebody unblocks it.
    package var blocked: String?

    package init(
        version: String, digest: Digest, artifacts: [Artifact], createdAt: Timestamp, createdBy: String,
        origin: String? = nil, blocked: String? = nil
    ) {
        self.version = version
        self.digest = digest
        self.artifacts = artifacts
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.origin = origin
        self.blocked = blocked
    }
}

/// What runs as one service: a folder with `artifact.json` (command and contract) and all that it needs.
package struct Artifact: Codable, Sendable, Equatable {
    package var service: String
    /// Over the sorted (path, mode, SHA-256) of the folder's files.
    package var digest: Digest
    /// The command, relative to the artifact's folder: `["./pipeline", "api"]`.
    package var command: [String]
    /// The contract, with the defaults that `release create --set` gave.
    package var contract: ArtifactContract

    package init(service: String, digest: Digest, command: [String], contract: ArtifactContract) {
        self.service = service
        self.digest = digest
        self.command = command
        self.contract = contract
    }
}
