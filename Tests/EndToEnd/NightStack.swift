import Foundation
import HTTPClient
import TestSupport
import Testing

extension Stack {
    /// Makes dev's course one short step, and its releases light, for tests that ask for neither.
    func hasten() throws {
        try lighten()
        try setCourse(["smoke", "weight: 100%", "bake: { for: 1s, requests: 20, otherwise: smoke }"])
    }

    /// A steady environment that runs a light `v1`.
    func lightlySteady() async throws {
        let recorded = try await lightRelease("v1")
        try #require(recorded.exit == 0, "\(recorded.errors)")
        let first = try await rollOut("v1")
        try #require(first.exit == 0, "\(first)")
    }

    /// Runs the body while dev.yaml has one line replaced.
    func withDefinition(
        _ prefix: String, _ replacement: String, in file: String = "environments/dev.yaml",
        _ body: () async throws -> Void
    ) async throws {
        let before = try String(contentsOfFile: folder.file(file), encoding: .utf8)
        let lines = before.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines.contains { $0.hasPrefix(prefix) })
        let changed = lines.map { $0.hasPrefix(prefix) ? replacement : $0 }.joined(separator: "\n")
        try rewrite(file) { _ in changed }
        try await body()
        try rewrite(file) { _ in before }
    }

    /// What must not change when something is refused: what runs, with which weights, and what is on record.
    func untouched(_ body: () async throws -> Void) async throws {
        func picture() async throws -> [String] {
            let status = try await status()
            return [status.release ?? "nothing"]
                + status.services.flatMap(\.instances).map { "\($0.id) \($0.release) \($0.weight ?? -1) \($0.ready)" }
        }
        let before = try await picture()
        try await body()
        #expect(try await picture() == before)
    }
}

/// The body of a page that answers with 200.
func page(_ address: String) async throws -> String {
    struct Answered: Error { let status: Int }
    let client = HTTPClient(maximumConnections: 1, name: "test")
    defer { client.close() }
    let response = try await client.send(HTTPRequest("GET", address))
    guard response.status == 200 else { throw Answered(status: response.status) }
    return String(decoding: response.body, as: UTF8.self)
}

/// Expects an exit code and, on standard error, one line that says these words.
func expect(
    _ result: CommandResult, exits code: Int32, saying words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(result.exit == code, "\(result.output)\(result.errors)", sourceLocation: sourceLocation)
    let sentence = result.errors.split(separator: "\n").last { $0.hasPrefix("tidegate: ") } ?? ""
    for word in words { #expect(sentence.contains(word), "\(result.errors)", sourceLocation: sourceLocation) }
}
