import Contract
import Definitions
import Foundation
import TestSupport
import Testing

@testable import Secrets

private let key = InstallationKey(bytes: [UInt8](repeating: 7, count: 32))

@Suite struct `A secret` {
    private struct Holder: Sendable {
        var name = "holder"
        var secret = Secret("canary-4711")
        var secrets = ["KEY": Secret("canary-4711")]
        var optional: Secret? = Secret("canary-4711")
    }

    private enum Failure: Error { case with(Secret) }

    @Test func `shows its value in no text that is made of it or of what holds it`() throws {
        let holder = Holder()
        var dumped = ""
        dump(holder, to: &dumped)
        dump(holder.secret, to: &dumped)
        print(holder.secret, holder, to: &dumped)
        let error: any Error = Failure.with(holder.secret)
        let texts = [
            dumped, String(describing: holder.secret), String(reflecting: holder.secret), "\(holder)",
            "\(holder.secrets)", "\(error)", String(reflecting: error), "\(error as NSError)",
            error.localizedDescription,
            "\([holder.secret])", "\(Mirror(reflecting: holder.secret).children.map { $0.value })",
        ]
        for text in texts { #expect(!text.contains("4711"), "\(text)") }
        #expect(Mirror(reflecting: holder.secret).children.isEmpty)
    }

    @Test func `is neither encoded nor compared nor hashed`() {
        let secret: Any = Secret("canary-4711")
        #expect(!(secret is any Encodable))
        #expect(!(secret is any Equatable))
        #expect(!(secret is any Hashable))
        #expect(!(secret is any Comparable))
        #expect(!(secret is any LosslessStringConvertible))
    }

    @Test func `is compared by fingerprints, which differ between installations`() {
        let other = InstallationKey(bytes: Array(1..<33))
        #expect(key.fingerprint(Secret("a")) == key.fingerprint(Secret("a")))
        #expect(key.fingerprint(Secret("a")) != key.fingerprint(Secret("b")))
        #expect(key.fingerprint(Secret("a")) != other.fingerprint(Secret("a")))
        #expect(key.fingerprint(Secret("a")) != key.digest(environment: "dev", name: "", value: "a"))
    }
}

@Suite struct `The installation key` {
    @Test func `is made once, for its owner alone, and found again`() throws {
        let folder = try TemporaryFolder()
        let first = try InstallationKey.loadOrCreate(stateDirectory: folder.file("state"))
        let again = try InstallationKey.loadOrCreate(stateDirectory: folder.file("state"))
        #expect(first.digestKey(environment: "dev") == again.digestKey(environment: "dev"))
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("state/installation.key"))
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `that was damaged is refused`() throws {
        let folder = try TemporaryFolder()
        try folder.write("installation.key", "not a key")
        #expect(throws: SecretError.damagedKey(path: folder.file("installation.key"))) {
            try InstallationKey.loadOrCreate(stateDirectory: folder.path)
        }
    }

    @Test func `derives other keys for other environments and purposes`() {
        let texts = [
            key.digestKey(environment: "dev"), key.digestKey(environment: "staging"),
            key.controlToken(environment: "dev"),
        ]
        #expect(Set(texts).count == 3)
    }

    @Test func `digests configurations by names and values, without the port`() {
        let contract = ArtifactContract(
            service: "api",
            variables: ["A", "B", "PORT"].map { VariableDeclaration(name: $0, kind: .string, summary: "") },
            portVariable: "PORT", paths: ContractPaths(liveness: "/live", readiness: "/ready"), startBudgetSeconds: 1,
            drainSeconds: 1)
        func digest(_ values: [String: String]) -> String {
            key.configDigest(environment: "dev", contract: contract, values: values)
        }
        #expect(digest(["A": "1", "PORT": "8000"]) == digest(["A": "1", "PORT": "9000", "OTHER": "x"]))
        #expect(digest(["A": "1"]) != digest(["B": "1"]))
        #expect(digest(["A": "1", "B": "2"]) != digest(["A": "2", "B": "1"]))
    }
}

@Suite struct `A seal` {
    @Test func `gives back what was sealed, and holds no value in the clear`() throws {
        let folder = try TemporaryFolder()
        let store = SealStore(directory: folder.file("sealed"), key: key)
        try store.seal(["TOKEN": Secret("canary-4711")], bundle: "sha256:aa")
        #expect(try store.open(bundle: "sha256:aa")["TOKEN"]?.reveal() == "canary-4711")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.file("sealed/aa")))
        #expect(bytes.range(of: Data("canary-4711".utf8)) == nil)
    }

    @Test func `that is gone, changed or of another bundle is refused`() throws {
        let folder = try TemporaryFolder()
        let store = SealStore(directory: folder.path, key: key)
        #expect(throws: SecretError.sealMissing(bundle: "sha256:aa", path: folder.file("aa"))) {
            try store.open(bundle: "sha256:aa")
        }
        try store.seal(["TOKEN": Secret("value")], bundle: "sha256:aa")
        try FileManager.default.copyItem(atPath: folder.file("aa"), toPath: folder.file("bb"))
        #expect(throws: SecretError.sealBroken(bundle: "sha256:bb", path: folder.file("bb"))) {
            try store.open(bundle: "sha256:bb")
        }
    }
}
