import ArgumentParser
import Documents
import Foundation
import HTTPClient
import Simulators
import UnixSignals

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Send requests at a constant rate, a third of them POSTs, none of them twice.",
        discussion: """
            Prints {requests, failed, by_status, connections, p50, p95, p99, seconds, first_failure, last_failure}, \
            latencies in milliseconds, and exits with 4 when a request failed: one that was not answered, or not with what \
            was asked for. Ctrl-C ends it early. Example: pipeline load --url http://127.0.0.1:8000 --rps 500 --seconds 30 --users 50
            """)

    @Option(help: "The API's address: http://HOST:PORT.") var url: String
    @Option(help: "Requests a second.") var rps = 100
    @Option(help: "How long.") var seconds = 10
    @Option(help: "An access token; several may be given, and are used in turn.") var token: [String] = []
    @Option(help: "Registers so many new users first, so that no user's limits are met.") var users = 0

    @Option(
        help: "Keeps so many connections open and uses them in turn; 0 for a connection of its own for each request.")
    var connections = 0

    @Option(help: "Sends so many documents a second besides, a page each; for users or tokens.") var documents = 0

    func run() async throws {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host, rps > 0,
            seconds > 0, connections >= 0, documents >= 0
        else { throw ValidationError("--url must be http://HOST:PORT; --rps and --seconds must be 1 or more.") }
        guard documents == 0 || users > 0 || !token.isEmpty else {
            throw ValidationError("Documents are somebody's: give --users or --token with --documents.")
        }
        let plan = LoadPlan(
            host: host, port: parts.port ?? 80, rate: rps, seconds: seconds, tokens: token + (try await newUsers()),
            connections: connections > 0 ? connections : nil)
        // To standard error, so that whoever reads the report knows when it began: users take half a second each.
        FileHandle.standardError.write(Data("Sending \(rps) requests a second.\n".utf8))
        let report = await untilInterrupted(LoadGenerator(plan: plan), documentLoad(plan.tokens))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
        if report.failed > 0 { throw ExitCode(4) }
    }

    private func documentLoad(_ tokens: [String]) -> DocumentLoad? {
        guard documents > 0 else { return nil }
        return DocumentLoad(
            url: url, tokens: tokens, rate: documents, seconds: seconds, run: .random(in: 0...UInt32.max))
    }

    /// Ctrl-C ends the load early, and the report is printed all the same.
    private func untilInterrupted(_ generator: LoadGenerator, _ documents: DocumentLoad?) async -> LoadReport {
        let load = Task {
            async let sent = documents?.send()
            var report = await generator.run()
            report.documents = await sent
            return report
        }
        let interruption = Task {
            for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { load.cancel() }
        }
        defer { interruption.cancel() }
        return await load.value
    }

    private func newUsers() async throws -> [String] {
        struct Session: Decodable { var access_token: String }
        let client = HTTPClient(name: "load")
        defer { client.close() }
        var tokens: [String] = []
        for _ in 0..<users {
            let body = #"{"email":"load-\#(RandomBytes.uuid())@example.com","password":"\#(RandomBytes.uuid())"}"#
            let answer = try await client.send(
                HTTPRequest(
                    "POST", "\(url)/api/v2/auth/register", headers: [(name: "Content-Type", value: "application/json")],
                    body: .bytes(Array(body.utf8))))
            guard answer.status == 201 else {
                throw ValidationError("A user cannot be registered: \(answer.status) \(answer.text)")
            }
            tokens.append(try JSONDecoder().decode(Session.self, from: Data(answer.body)).access_token)
        }
        return tokens
    }
}
