import Contract
import FoundationEssentials
import Rollouts
import Storage
import TestSupport
import Testing

@Suite struct ReleaseStoreTests {
    let folder: TemporaryFolder
    let database: any Database
    let store: ReleaseStore
    let artifacts: ArtifactStore

    init() async throws {
        folder = try TemporaryFolder()
        database = try Databases.open(address: "sqlite:\(folder.file("releases.sqlite"))")
        try await RolloutSchema.migrator.migrate(database, now: 0)
        artifacts = ArtifactStore(directory: folder.file("artifacts"))
        store = ReleaseStore(database: database, artifacts: artifacts, clock: FastClock(), newID: { UUID().uuidString })
    }

    private func write(_ program: String = "one") throws {
        let contract = contract(
            "api",
            [
                VariableDeclaration(name: "MODE", kind: .string, summary: "", required: true),
                VariableDeclaration(name: "KEY", kind: .string, summary: "", required: true, secret: true),
            ])
        let text = String(decoding: try JSONEncoder().encode(contract), as: UTF8.self)
        try folder.write("build/api/artifact.json", #"{"command":["./run"],"contract":\#(text)}"#)
        try folder.write("build/api/run", program)
    }

    private func request(_ version: String = "v1", settings: [String: String] = [:]) -> ReleaseRequest {
        ReleaseRequest(version: version, from: folder.file("build"), settings: settings, actor: "me")
    }

    @Test func `a release is recorded once, and its files are kept read-only under their digest`() async throws {
        try write()
        let first = try await store.create(request())
        #expect(first.isNew)
        let again = try await store.create(request())
        #expect(!again.isNew)
        #expect(again.release == first.release)
        let path = artifacts.path(first.release.artifacts[0].digest) + "/run"
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "one")
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o444)
        #expect(try await store.list().map(\.version) == ["v1"])
    }

    @Test func `a folder that is not there is told in the words of the system`() async throws {
        let error = await #expect(throws: ReleaseError.self) { try await store.create(request()) }
        #expect("\(try #require(error))".contains("No such file or directory"))
    }

    @Test func `the same version with other content is refused`() async throws {
        try write()
        _ = try await store.create(request())
        try write("two")
        await #expect(throws: ReleaseError.self) { try await store.create(request()) }
    }

    @Test func `a setting becomes a default, and part of the digest`() async throws {
        try write()
        let plain = try await store.create(request("v1"))
        let set = try await store.create(request("v2", settings: ["MODE": "real"]))
        #expect(set.release.digest != plain.release.digest)
        #expect(set.release.artifacts[0].digest == plain.release.artifacts[0].digest)
        #expect(set.release.artifacts[0].contract.variables[0].defaultValue == "real")
    }

    @Test func `settings that no contract declares and secrets are refused`() async throws {
        try write()
        await #expect(throws: ReleaseError.unknownSetting(name: "MOOD", services: ["api"])) {
            try await store.create(request(settings: ["MOOD": "x"]))
        }
        await #expect(throws: ReleaseError.secretSetting(name: "KEY")) {
            try await store.create(request(settings: ["KEY": "x"]))
        }
    }

    @Test(arguments: ["", "-v", "v 1", "../v1", "é"])
    func `a version that cannot be one is refused`(_ version: String) async throws {
        try write()
        await #expect(throws: ReleaseError.invalidVersion(version)) { try await store.create(request(version)) }
    }

    @Test func `a blocked release says why, until it is unblocked`() async throws {
        try write()
        _ = try await store.create(request())
        try await store.block("v1", reason: "too slow")
        #expect(try await store.release("v1").blocked == "too slow")
        try await store.unblock("v1", by: "me", reason: "fixed outside")
        #expect(try await store.release("v1").blocked == nil)
        await #expect(throws: ReleaseError.notBlocked("v1")) {
            try await store.unblock("v1", by: "me", reason: "again")
        }
    }

    @Test func `an artifact that was removed is there again once its release is recorded again`() async throws {
        try write()
        let digest = try await store.create(request()).release.artifacts[0].digest
        try artifacts.remove(digest)
        try artifacts.remove(digest)
        #expect(!artifacts.has(digest))
        #expect(try FileManager.default.contentsOfDirectory(atPath: artifacts.directory) == [])
        #expect(try await !store.create(request()).isNew)
        #expect(artifacts.has(digest))
    }

    @Test func `what a copy that was cut off has left goes after a while, and whole artifacts stay`() async throws {
        try write()
        let digest = try await store.create(request()).release.artifacts[0].digest
        try folder.write("artifacts/incoming-x/api/run", "half")
        #expect(try artifacts.removeLeftovers(olderThan: Date(timeIntervalSinceNow: -3600)) == 0)
        #expect(try artifacts.removeLeftovers(olderThan: Date(timeIntervalSinceNow: 3600)) == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: artifacts.directory).count == 1)
        #expect(artifacts.has(digest))
    }
}
