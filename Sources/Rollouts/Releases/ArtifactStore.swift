import Contract
import Crypto
import Foundation
import Storage

/// Immutable artifacts by digest, under `.tidegate/artifacts`. A folder that is there is complete: it was copied beside,
/// digested, and renamed.
package struct ArtifactStore: Sendable {
    package static let description = "artifact.json"
    /// What folders that are not, or no longer, artifacts begin with.
    private static let incoming = "incoming-"
    package let directory: String

    package init(directory: String) { self.directory = directory }

    /// Where the artifact's files are.
    package func path(_ digest: Digest) -> String { "\(directory)/\(digest.text.dropFirst("sha256:".count))" }

    package func has(_ digest: Digest) -> Bool { FileManager.default.fileExists(atPath: path(digest)) }

    /// The digest of the artifact's files as they are now; another than the recorded one when somebody changed them.
    /// - Throws: `ReleaseError.unreadableArtifact`.
    package func digestNow(of artifact: Artifact) throws -> Digest {
        let folder = path(artifact.digest)
        return try digest(folder, try files(folder))
    }

    /// Copies the folder and makes the copy read-only.
    /// - Returns: the artifact as its `artifact.json` describes it, under the digest of the copy.
    /// - Throws: `ReleaseError.unreadableArtifact`, `.notRecorded`.
    package func add(folder: String, service: String, temporaryName: String) throws -> Artifact {
        let manager = FileManager.default
        let description = try describe(folder, service)
        let copy = "\(directory)/\(Self.incoming)\(temporaryName)"
        defer { removeIfThere(copy) }
        do {
            try manager.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try manager.copyItem(atPath: folder, toPath: copy)
        } catch {
            throw ReleaseError.notRecorded(
                reason: "\(folder) cannot be copied to \(directory): \(FileCause(error))")
        }
        let files = try self.files(copy)
        let digest = try digest(copy, files)
        if !has(digest) {
            try makeReadOnly(copy, files)
            do { try manager.moveItem(atPath: copy, toPath: path(digest)) } catch {
                guard has(digest) else { throw ReleaseError.notRecorded(reason: "\(FileCause(error))") }
            }
        }
        return Artifact(
            service: service, digest: digest, command: description.command, contract: description.contract)
    }

    /// Removes the artifact's files; one that is not there is fine. It is out of the way at once, and never there in part.
    /// - Throws: `ReleaseError.unreadableArtifact`.
    package func remove(_ digest: Digest) throws {
        guard has(digest) else { return }
        let leaving = "\(directory)/\(Self.incoming)leaving-\(digest.short)"
        removeIfThere(leaving)
        do {
            try FileManager.default.moveItem(atPath: path(digest), toPath: leaving)
            try FileManager.default.removeItem(atPath: leaving)
        } catch {
            throw ReleaseError.unreadableArtifact(path: path(digest), reason: "\(FileCause(error))")
        }
    }

    /// Removes what a copy or a removal that was cut off has left.
    /// - Returns: how many folders.
    package func removeLeftovers(olderThan moment: Date) throws -> Int {
        let manager = FileManager.default
        guard manager.fileExists(atPath: directory) else { return 0 }
        var count = 0
        do {
            for name in try manager.contentsOfDirectory(atPath: directory) where name.hasPrefix(Self.incoming) {
                let path = "\(directory)/\(name)"
                guard let date = try manager.attributesOfItem(atPath: path)[.modificationDate] as? Date, date < moment
                else { continue }
                try manager.removeItem(atPath: path)
                count += 1
            }
        } catch {
            throw ReleaseError.unreadableArtifact(path: directory, reason: "\(FileCause(error))")
        }
        return count
    }

    private struct Description: Decodable {
        var command: [String]
        var contract: ArtifactContract
    }

    private func describe(_ folder: String, _ service: String) throws -> Description {
        let path = "\(folder)/\(Self.description)"
        do {
            let description = try JSONDecoder().decode(
                Description.self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
            let version = description.contract.contract
            guard version == ArtifactContract.formatVersion else {
                throw ReleaseError.unreadableArtifact(
                    path: path, reason: "its contract is of format \(version), not \(ArtifactContract.formatVersion)")
            }
            guard description.contract.service == service else {
                throw ReleaseError.unreadableArtifact(
                    path: path, reason: "its contract is of \(description.contract.service), not of \(service)")
            }
            guard let program = description.command.first, !program.isEmpty else {
                throw ReleaseError.unreadableArtifact(path: path, reason: "its command is empty")
            }
            return description
        } catch let error as DecodingError {
            throw ReleaseError.unreadableArtifact(path: path, reason: Self.sentence(error))
        } catch let error as CocoaError {
            throw ReleaseError.unreadableArtifact(path: path, reason: "\(FileCause(error))")
        }
    }

    private static func sentence(_ error: DecodingError) -> String {
        let (context, what): (DecodingError.Context, String) =
            switch error {
            case .keyNotFound(let key, let context): (context, "\(key.stringValue) is missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
                (context, context.debugDescription)
            @unknown default: (.init(codingPath: [], debugDescription: ""), "\(error)")
            }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? what : "\(path): \(what)"
    }

    /// Regular files and links, relative, sorted by their bytes.
    private func files(_ folder: String) throws -> [String] {
        guard let all = FileManager.default.enumerator(atPath: folder) else {
            throw ReleaseError.unreadableArtifact(path: folder, reason: "the folder cannot be listed")
        }
        var files: [String] = []
        for case let name as String in all where all.fileAttributes?[.type] as? FileAttributeType != .typeDirectory {
            files.append(name)
        }
        return files.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// SHA-256 over each file's path, whether it may be executed, and SHA-256, each on a line.
    private func digest(_ folder: String, _ files: [String]) throws -> Digest {
        var whole = SHA256()
        for name in files {
            let path = "\(folder)/\(name)"
            let mode = FileManager.default.isExecutableFile(atPath: path) ? "755" : "644"
            let line = "\(mode) \(Hexadecimal.text(try digest(file: path))) \(name)\n"
            whole.update(data: Data(line.utf8))
        }
        return Digest(whole.finalize())
    }

    private func digest(file path: String) throws -> SHA256.Digest {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { handle.closeFile() }
            var hash = SHA256()
            while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
            return hash.finalize()
        } catch {
            throw ReleaseError.unreadableArtifact(path: path, reason: "\(FileCause(error))")
        }
    }

    /// The files, not the folders, so that whoever owns them can still remove them.
    private func makeReadOnly(_ folder: String, _ files: [String]) throws {
        for name in files {
            let path = "\(folder)/\(name)"
            let mode = FileManager.default.isExecutableFile(atPath: path) ? 0o555 : 0o444
            do { try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path) } catch {
                throw ReleaseError.notRecorded(reason: "\(FileCause(error))")
            }
        }
    }

    private func removeIfThere(_ path: String) {
        guard FileManager.default.fileExists(atPath: path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            // What is left under incoming-… is never used; retention removes it.
        }
    }
}
