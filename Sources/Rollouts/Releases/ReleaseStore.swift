import Contract
import Foundation
import Storage

/// Records releases in the database, and their artifacts as files.
package struct ReleaseStore: Releases {
    private let database: any Database
    private let artifacts: ArtifactStore
    private let clock: any WallClock
    private let newID: @Sendable () -> String

    package init(
        database: any Database, artifacts: ArtifactStore, clock: any WallClock, newID: @Sendable @escaping () -> String
    ) {
        self.database = database
        self.artifacts = artifacts
        self.clock = clock
        self.newID = newID
    }

    package func create(_ request: ReleaseRequest) async throws -> (release: Release, isNew: Bool) {
        guard Self.isValid(request.version) else { throw ReleaseError.invalidVersion(request.version) }
        let folders = try folders(request)
        var parts: [Artifact] = []
        for (service, folder) in folders.sorted(by: { $0.key < $1.key }) {
            parts.append(try artifacts.add(folder: folder, service: service, temporaryName: newID()))
        }
        try Self.set(request.settings, in: &parts)
        let release = Release(
            version: request.version, digest: try Self.digest(parts), artifacts: parts, createdAt: clock.now,
            createdBy: request.actor, origin: request.origin)
        return try await database.write { try ReleaseRecord.record(release, $0) }
    }

    package func release(_ version: String) async throws -> Release {
        try await database.read { try ReleaseRecord.release(version, $0) }
    }

    package func list() async throws -> [Release] {
        try await database.read { try ReleaseRecord.list($0) }
    }

    package func block(_ version: String, reason: String) async throws {
        let now = clock.now
        try await database.write { connection in
            _ = try ReleaseRecord.release(version, connection)
            let block = ReleaseBlock(release: version, why: reason, at: now, by: Rollout.watchName)
            try GateRecord.block(block, now: now, connection)
        }
    }

    package func unblock(_ version: String, by actor: String, reason: String) async throws {
        let now = clock.now
        try await database.write { connection in
            let release = try ReleaseRecord.release(version, connection)
            guard release.blocked != nil else { throw ReleaseError.notBlocked(version) }
            try GateRecord.unblock(version, by: actor, reason: reason, now: now, connection)
        }
    }

    private func folders(_ request: ReleaseRequest) throws -> [String: String] {
        var folders: [String: String] = [:]
        if let from = request.from {
            let names: [String]
            do { names = try FileManager.default.contentsOfDirectory(atPath: from) } catch {
                throw ReleaseError.unreadableArtifact(path: from, reason: "\(FileCause(error))")
            }
            for name in names {
                let path = "\(from)/\(name)"
                if FileManager.default.fileExists(atPath: "\(path)/\(ArtifactStore.description)") {
                    folders[name] = path
                }
            }
        }
        folders.merge(request.folders) { $1 }
        guard !folders.isEmpty else { throw ReleaseError.noArtifacts(folder: request.from ?? "nothing") }
        return folders
    }

    /// Sets defaults in the contracts that declare the names.
    static func set(_ settings: [String: String], in artifacts: inout [Artifact]) throws(ReleaseError) {
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            var isKnown = false
            for artifact in artifacts.indices {
                guard let index = artifacts[artifact].contract.variables.firstIndex(where: { $0.name == name })
                else { continue }
                guard !artifacts[artifact].contract.variables[index].secret else { throw .secretSetting(name: name) }
                artifacts[artifact].contract.variables[index].defaultValue = value
                artifacts[artifact].contract.variables[index].required = false
                isKnown = true
            }
            if !isKnown { throw .unknownSetting(name: name, services: artifacts.map(\.service)) }
        }
    }

    static func digest(_ artifacts: [Artifact]) throws -> Digest {
        Digest(of: Array(try CanonicalJSON.encode(artifacts).utf8))
    }

    static func isValid(_ version: String) -> Bool {
        guard let first = version.utf8.first, version.utf8.count <= 100 else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
        }
        return isAlphanumeric(first) && version.utf8.allSatisfy { isAlphanumeric($0) || "._+-".utf8.contains($0) }
    }
}
