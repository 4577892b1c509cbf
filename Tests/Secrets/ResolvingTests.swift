import Definitions
import Foundation
import HTTPClient
import Secrets
import TestSupport
import Testing

/// A folder with a resolver for it.
struct Workplace {
    let folder: TemporaryFolder
    let http = HTTPClient(maximumConnections: 8)
    var variables: [String: String] = ["OURS": "engine", "PATH": ProcessInfo.processInfo.environment["PATH"] ?? ""]

    init() throws { folder = try TemporaryFolder() }

    var resolver: SecretResolver {
        SecretResolver(
            project: folder.path, stateDirectory: folder.file("state"), key: InstallationKey(bytes: Array(0..<32)),
            processEnvironment: variables, http: http)
    }

    static func secret(_ name: String, _ source: SecretDefinition.Source, within limit: Duration? = nil) -> Placed<
        SecretDefinition
    > {
        Placed(
            name: name, value: SecretDefinition(source: source, timeout: limit),
            place: Place(file: "environments/dev.yaml", line: 3, column: 1))
    }

    func value(
        _ source: SecretDefinition.Source, given: [String: String] = [:], within limit: Duration? = nil
    ) async throws -> String? {
        try await resolver.resolve(
            [Self.secret("S", source, within: limit)], environment: "dev", given: given.mapValues(Secret.init))["S"]?
            .reveal()
    }

    /// The sentences of everything that fails.
    func failures(
        _ sources: SecretDefinition.Source..., given: [String: String] = [:], within limit: Duration? = nil
    ) async -> [String] {
        let secrets = sources.enumerated().map { Self.secret("S\($0 + 1)", $1, within: limit) }
        return await resolver.outcomes(secrets, environment: "dev", given: given.mapValues(Secret.init)).compactMap {
            if case .failure(let error) = $0 { "\(error)" } else { nil }
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct `Resolving secrets` {
    @Test func `takes the caller's variable before the engine's own`() async throws {
        let place = try Workplace()
        #expect(try await place.value(.environment(name: "OURS")) == "engine")
        #expect(try await place.value(.environment(name: "OURS"), given: ["OURS": "caller"]) == "caller")
    }

    @Test func `reads files and commands without their last line end`() async throws {
        let place = try Workplace()
        try place.folder.write("key.txt", "from-file\n")
        #expect(try await place.value(.file(path: "key.txt")) == "from-file")
        #expect(try await place.value(.command(["printf", "a b\\n"])) == "a b")
    }

    @Test func `makes a generated value once, also for a single service`() async throws {
        let place = try Workplace()
        let secrets = ["S", "api/S"].map { Workplace.secret($0, .generated(bytes: 32)) }
        let first = try await place.resolver.resolve(secrets, environment: "dev", given: [:])
        let again = try await place.resolver.resolve(secrets, environment: "dev", given: [:])
        #expect(first["S"]?.reveal().count == 64)
        #expect(first.mapValues { $0.reveal() } == again.mapValues { $0.reveal() })
        #expect(first["S"]?.reveal() != first["api/S"]?.reveal())
    }

    @Test func `tells of every failure at once, naming each secret`() async throws {
        let place = try Workplace()
        let secrets = [
            Workplace.secret("A", .environment(name: "NOPE")), Workplace.secret("B", .command(["true"])),
            Workplace.secret("C", .command(["false"])), Workplace.secret("D", .command(["no-such-program-here"])),
            Workplace.secret("E", .file(path: "nowhere")), Workplace.secret("F", .stored),
            Workplace.secret("G", .literal("fine")),
        ]
        let error = await #expect(throws: SecretFailures.self) {
            _ = try await place.resolver.resolve(secrets, environment: "dev", given: [:])
        }
        let lines = "\(try #require(error))".split(separator: "\n")
        #expect(lines.count == 6)
        for (line, name) in zip(lines, ["A", "B", "C", "D", "E", "F"]) { #expect(line.contains("secret \(name) ")) }
        #expect(lines[5].contains("tidegate secrets set dev F"))
    }

    @Test func `fetches in parallel: eight commands that each wait for the others end`() async throws {
        let place = try Workplace()
        // Each leaves its mark, and goes on when all eight are there.
        let script = "touch mark.$0; while [ $(ls mark.* | wc -l) -lt 8 ]; do sleep 0.05; done; echo done$0"
        let secrets = (0..<8).map { Workplace.secret("S\($0)", .command(["sh", "-c", script, "\($0)"])) }
        let values = try await place.resolver.resolve(secrets, environment: "dev", given: [:])
        #expect(values["S7"]?.reveal() == "done7")
    }

    @Test func `refuses what is no file, no text or too much`() async throws {
        let place = try Workplace()
        #expect(mkfifo(place.folder.file("pipe"), 0o600) == 0)
        try Data([0xff, 0xfe, 0x41]).write(to: URL(fileURLWithPath: place.folder.file("binary")))
        let failures = await place.failures(
            .file(path: "pipe"), .file(path: "binary"), .command(["sh", "-c", "yes"]), .file(path: "."))
        #expect(failures.count == 4)
        #expect(failures[0].contains("no regular file"))
        #expect(failures[1].contains("no UTF-8 text"))
        #expect(failures[2].contains("wrote more than"))
    }

    @Test func `takes a secret with every character that a value may have`() async throws {
        let place = try Workplace()
        let value = "a\"b'c\\d $e `f` #g=h\n second line\t\u{e4}\u{1F511}%41&<x>"
        try place.folder.write("odd", value)
        #expect(try await place.value(.file(path: "odd")) == value)
        #expect(try await place.value(.command(["cat", "odd"])) == value)
    }
}

@Suite(.timeLimit(.minutes(2))) struct `A provider's program` {
    @Test func `that hangs is killed with everything it started`() async throws {
        let place = try Workplace()
        let failures = await place.failures(
            .command(["sh", "-c", "sleep 300 & echo $! > child; wait"]), within: .seconds(6))
        #expect(failures.count == 1 && failures[0].contains("took longer than"))
        let child = try #require(
            Int32(
                try String(contentsOfFile: place.folder.file("child"), encoding: .utf8).trimmingCharacters(
                    in: .newlines)))
        #expect(await eventually { !isAlive(child) })
    }

    @Test func `that leaves somebody behind who holds its output keeps nobody waiting`() async throws {
        let place = try Workplace()
        let value = try await place.value(.command(["sh", "-c", "sleep 300 & echo $! > child; echo value"]))
        #expect(value == "value")
        let child = try #require(
            Int32(
                try String(contentsOfFile: place.folder.file("child"), encoding: .utf8).trimmingCharacters(
                    in: .newlines)))
        #expect(await eventually { !isAlive(child) })
    }

    @Test func `that fails is quoted only in words that cannot be the value`() async throws {
        let place = try Workplace()
        let failures = await place.failures(
            .command(["sh", "-c", "echo 'error: permission denied for key canary-4711 (hunter2)' >&2; exit 3"]))
        #expect(
            failures == [
                "The secret S1 could not be had: sh failed (exit 3), and said: error permission denied for key …. "
                    + "Run it by hand to see why."
            ])
    }

    private func isAlive(_ pid: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8) else { return false }
        return !text.contains(") Z ")
    }
}
