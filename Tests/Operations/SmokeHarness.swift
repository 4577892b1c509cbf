import Definitions
import Foundation
import HTTPClient
import Rollouts
import Secrets
import Synchronization
import TestSupport

@testable import Operations

/// A service that smoke tests are run against: it answers by a script, and remembers what it was asked.
final class SmokeTarget: Sendable {
    struct Answer {
        var status = 200
        var body = "{}"
        var headers: [String] = []
    }

    let server: ScriptedServer
    private let log: Log

    private final class Log: Sendable {
        let requests = Mutex<[ReceivedRequest]>([])
    }

    /// - Parameter answer: gets the request, and how often this line was asked before.
    init(_ answer: @escaping @Sendable (ReceivedRequest, Int) -> Answer) throws {
        let log = Log()
        self.log = log
        server = try ScriptedServer { connection in
            while let request = connection.readRequest() {
                let before = log.requests.withLock { requests in
                    defer { requests.append(request) }
                    return requests.count { $0.line == request.line }
                }
                let answer = answer(request, before)
                connection.respond("\(answer.status) Status", headers: answer.headers, body: answer.body)
            }
        }
    }

    var requests: [ReceivedRequest] { log.requests.withLock { $0 } }
    /// `GET /path`, without the version.
    var lines: [String] { requests.map { $0.line.replacing(" HTTP/1.1", with: "") } }
}

enum SmokeHarness {
    static let bundle = Digest("sha256:" + String(repeating: "a", count: 64))!

    static func request(
        _ suites: [String], addresses: [String: String], stage: SmokeRequest.Stage = .final, services: [String]? = nil
    ) -> SmokeRequest {
        SmokeRequest(
            environment: "dev", release: "v2", bundle: bundle, stage: stage, addresses: addresses,
            configDigests: addresses.mapValues { _ in "c0ffee" }, services: services ?? addresses.keys.sorted(),
            suites: suites.enumerated().map { SmokeSuiteText(path: "smoke/s\($0.offset).yaml", text: $0.element) })
    }

    static func runner(
        secrets: [String: String] = [:], folder: TemporaryFolder? = nil, clock: any EngineClock = SystemClock()
    ) -> SmokeRunner {
        SmokeRunner(
            http: HTTPClient(),
            secrets: { _, names in secrets.filter { names.contains($0.key) }.mapValues(Secret.init) },
            temporaryFolder: folder?.path ?? FileManager.default.temporaryDirectory.path, clock: clock)
    }

    /// Runs one suite of these steps against one service, `api`.
    static func run(
        _ steps: String, against target: SmokeTarget, head: String = "", secrets: [String: String] = [:],
        clock: any EngineClock = SystemClock()
    ) async -> SmokeReport.Suite {
        let text = "smoke: 1\nneeds: [api]\n\(head)\nsteps:\n\(steps)"
        let report = await runner(secrets: secrets, clock: clock).run(
            request([text], addresses: ["api": target.server.url]))
        return report.suites[0]
    }
}

/// A clock by which nothing takes time but waiting.
final class WaitingClock: EngineClock {
    private let waited = Mutex(Duration.zero)

    var now: Timestamp { Timestamp(microseconds: 0) + uptime }
    var uptime: Duration { waited.withLock { $0 } }
    func sleep(for duration: Duration) async throws { waited.withLock { $0 += duration } }
}
