import Contract
import Foundation
import Rollouts
import Storage
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(2)))
struct PreflightMachineTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func sqlite(_ path: String, migrates: Bool = false) -> PreflightHarness {
        var harness = PreflightHarness(["DATABASE_URL": "sqlite:\(path)"])
        harness.databases = [DatabaseContract(variable: "DATABASE_URL")]
        harness.migrates = migrates
        return harness
    }

    // MARK: SQLite

    @Test func `a SQLite folder that is missing, or relative, is said`() async throws {
        let missing = await sqlite(folder.file("nowhere/app.sqlite")).said()
        #expect(missing.outcome == .failed)
        #expect(missing.words.contains("mkdir -p \(folder.file("nowhere"))"), "\(missing.words)")
        let coming = await sqlite(folder.file("nowhere/app.sqlite"), migrates: true).said()
        #expect(coming.outcome == .warned)
        #expect(await sqlite("data/app.sqlite").said().words.contains("relative to the release's folder"))
        #expect(await sqlite(folder.file("app.sqlite")).said().words.contains("does not exist"))
        #expect(await sqlite(folder.file("app.sqlite"), migrates: true).said().outcome == .passed)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
        try folder.write("broken.sqlite", String(repeating: "not a database ", count: 100))
        #expect(await sqlite(folder.file("broken.sqlite")).said().outcome == .failed)
    }

    @Test func `a SQLite file is read as it is, and no byte changes in its folder`() async throws {
        let path = folder.file("app ?#%.sqlite")
        let database = try Databases.open(address: "sqlite:\(path)")
        let migrator = Migrator(
            owner: "shop", migrations: [Migration("0001") { _ in ["CREATE TABLE orders (id TEXT)"] }])
        try await migrator.migrate(database, now: 0)
        let checksum = migrator.migrations[0].checksum(.sqlite)
        var harness = sqlite(path)
        harness.history = [MigrationEntry(owner: "shop", id: "0001", checksums: ["sqlite": checksum])]
        // While somebody has it open, and afterwards.
        #expect(await harness.said().outcome == .passed)
        await database.close()
        let before = try contents()
        #expect(await harness.said().outcome == .passed)
        harness.history = [MigrationEntry(owner: "shop", id: "0000", checksums: [:])]
        #expect(await harness.said().words.contains("a later release"))
        let after = try contents()
        #expect(after == before, "\(before.keys.sorted()), then \(after.keys.sorted())")
    }

    private func contents() throws -> [String: Data] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).reduce(into: [:]) { files, name in
            // Readers leave their marks in the index of the log, which holds no data.
            guard !name.hasSuffix("-shm") else { return }
            files[name] = try Data(contentsOf: URL(fileURLWithPath: folder.file(name)))
        }
    }

    // MARK: Brokers

    private func broker(_ address: String) -> PreflightHarness {
        var harness = PreflightHarness(["BROKER_URL": address])
        harness.queues = QueueContract(variable: "BROKER_URL")
        return harness
    }

    @Test(arguments: [
        ("redis://app:right@", CheckOutcome.passed, "lets app in"), ("redis://app:wrong@", .failed, "WRONGPASS"),
        ("redis://", .failed, "NOAUTH"),
    ])
    func `a Redis broker is logged in to`(scheme: String, outcome: CheckOutcome, words: String) async throws {
        let server = try ScriptedServer { connection in
            var isKnown = false
            while let bytes = connection.read(atMost: 4096) {
                let text = String(decoding: bytes, as: UTF8.self)
                if text.contains("AUTH") { isKnown = text.contains("$5\r\nright\r\n") }
                let answer = text.contains("AUTH") ? "-WRONGPASS invalid username-password pair" : "-NOAUTH required"
                connection.write((isKnown ? (text.contains("PING") ? "+PONG" : "+OK") : answer) + "\r\n")
            }
        }
        let said = await broker("\(scheme)127.0.0.1:\(server.port)").said()
        #expect(said.outcome == outcome && said.words.contains(words), "\(said.words)")
    }

    @Test(arguments: [
        ("app:right", "/staging", CheckOutcome.passed, "lets app in"),
        ("app:right", "/other", .failed, "not to /other"), ("app:wrong", "/staging", .failed, "ACCESS_REFUSED (403)"),
    ])
    func `incident 14: a broker without the service's user is found before the rollout`(
        account: String, virtualHost: String, outcome: CheckOutcome, words: String
    ) async throws {
        let server = try ScriptedServer { AMQPScript(connection: $0).run() }
        let said = await broker("amqp://\(account)@127.0.0.1:\(server.port)\(virtualHost)").said()
        #expect(said.outcome == outcome && said.words.contains(words), "\(said.words)")
        #expect(!said.words.contains("wrong"))
    }

    @Test func `what speaks something else, or nothing, is told apart`() async throws {
        let web = try ScriptedServer { connection in
            _ = connection.read(atMost: 100)
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        #expect(await broker("amqp://127.0.0.1:\(web.port)").said().words.contains("does not speak amqp"))
        let silent = try ScriptedServer { $0.waitForEnd() }
        var hanging = broker("redis://127.0.0.1:\(silent.port)")
        hanging.limit = .milliseconds(300)
        #expect(await hanging.said().outcome == .unreachable)
        let nobody = await broker("nats://127.0.0.1:\(try freePort())").said()
        #expect(nobody.outcome == .unreachable)
    }

    // MARK: Artifacts

    private func artifact(_ program: [UInt8], mode: Int = 0o755) throws -> PreflightHarness {
        let source = folder.file("source")
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        try Data(program).write(to: URL(fileURLWithPath: "\(source)/server"))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: "\(source)/server")
        var harness = PreflightHarness([:])
        let contract = String(decoding: try harness.contract.json(), as: UTF8.self)
        try folder.write("source/artifact.json", #"{"command":["./server"],"contract":\#(contract)}"#)
        harness.artifacts = ArtifactStore(directory: folder.file("artifacts"))
        harness.artifact = try harness.artifacts.add(folder: source, service: "api", temporaryName: UUID().uuidString)
        return harness
    }

    /// The first bytes of a 64-bit program.
    private func header(machine: UInt8, bigEndian: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = [0x7F] + Array("ELF".utf8) + [2, bigEndian ? 2 : 1, 1] + [UInt8](repeating: 0, count: 57)
        bytes[bigEndian ? 19 : 18] = machine
        return bytes
    }

    @Test func `incident 15: a program for another architecture is refused before it is started`() async throws {
        #if arch(x86_64)
            let (own, other, name): (UInt8, UInt8, String) = (62, 183, "arm64")
        #else
            let (own, other, name): (UInt8, UInt8, String) = (183, 62, "x86_64")
        #endif
        let foreign = try await artifact(header(machine: other)).said()
        #expect(foreign.outcome == .failed)
        #expect(foreign.words.contains("is built for \(name)"), "\(foreign.words)")
        #expect(try await artifact(header(machine: own)).said().outcome == .passed)
        #expect(try await artifact(header(machine: 22, bigEndian: true)).said().words.contains("is built for s390x"))
    }

    @Test func `a program that cannot be run is said for what it is`() async throws {
        #expect(try await artifact(Array("#!/bin/sh\n".utf8)).said().outcome == .passed)
        let script = try await artifact(Array("#!/opt/nowhere/ruby -w\n".utf8)).said()
        #expect(script.words.contains("/opt/nowhere/ruby"), "\(script.words)")
        let mode = try await artifact(Array("#!/bin/sh\n# 2".utf8), mode: 0o644).said()
        #expect(mode.words.contains("may not be executed"), "\(mode.words)")
        #expect(try await artifact(Array("MZ".utf8)).said().words.contains("neither a program of Linux nor a script"))
    }

    @Test func `files that changed after they were recorded, or are gone, are said`() async throws {
        let harness = try artifact(Array("#!/bin/sh\n# 3".utf8))
        let path = harness.artifacts.path(try #require(harness.artifact).digest)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(path)/server")
        try Data("#!/bin/sh\n# 4".utf8).write(to: URL(fileURLWithPath: "\(path)/server"))
        #expect(await harness.said().words.contains("were changed after they had been recorded"))
        try FileManager.default.removeItem(atPath: path)
        #expect(await harness.said().words.contains("is gone from"))
    }

    // MARK: Hosts

    @Test func `other addresses are looked at as far as their host`() async throws {
        let server = try ScriptedServer { $0.waitForEnd() }
        #expect(await PreflightHarness(["HOOK_URL": server.url]).said().outcome == .passed)
        let unknown = await PreflightHarness(["HOOK_URL": "https://no-such-host.invalid/x"]).said()
        #expect(unknown.outcome == .unreachable)
        let hole = try BlackHole()
        var swallowed = PreflightHarness(["HOOK_URL": "http://127.0.0.1:\(hole.port)/x"])
        swallowed.limit = .milliseconds(500)
        let said = await swallowed.said()
        #expect(said.outcome == .unreachable, "\(said.words)")
    }

    @Test func `an address of the environment's own service is left alone`() async throws {
        var harness = PreflightHarness(["API_URL": "http://127.0.0.1:\(try freePort())"])
        harness.declarations = [VariableDeclaration(name: "API_URL", kind: .url, summary: "the API", pointsAt: "api")]
        #expect(await harness.results().isEmpty)
    }
}

/// The server's side of opening an AMQP 0-9-1 connection, with one account and one virtual host.
struct AMQPScript {
    let connection: ScriptedConnection

    func run() {
        guard connection.read(atMost: 8) == Array("AMQP".utf8) + [0, 0, 9, 1] else { return }
        // Version 0-9, no properties, PLAIN, en_US.
        send(10, [0, 9] + long([]) + long(Array("PLAIN".utf8)) + long(Array("en_US".utf8)))
        guard let startOk = frame(), contains(startOk, "app\0right") else {
            send(50, [1, 0x93, 0, 0, 10, 0, 11])  // 403
            return
        }
        send(30, [0, 0, 0, 2, 0, 0, 0, 60])
        guard frame() != nil, let open = frame() else { return }
        guard contains(open, "staging") else {
            send(50, [2, 0x12, 0, 0, 10, 0, 40])  // 530
            return
        }
        send(41, [0])
        _ = frame()
    }

    private func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains(text)
    }

    private func long(_ bytes: [UInt8]) -> [UInt8] { [0, 0, 0, UInt8(bytes.count)] + bytes }

    private func send(_ method: UInt8, _ arguments: [UInt8]) {
        connection.write([1, 0, 0] + long([0, 10, 0, method] + arguments) + [0xCE])
    }

    private func frame() -> [UInt8]? {
        guard let head = read(7) else { return nil }
        return read((Int(head[5]) << 8 | Int(head[6])) + 1)
    }

    private func read(_ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            guard let more = connection.read(atMost: count - bytes.count) else { return nil }
            bytes += more
        }
        return bytes
    }
}
