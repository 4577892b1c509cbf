import ControlPlane
import HTTPClient
import Synchronization
import Testing

/// Requests that may be done only once, over connections that break.
@Suite(.timeLimit(.minutes(1)))
struct BeginningTests {
    /// Breaks so many connections before an answer, then lets requests through.
    private final class Breaking: HTTPSending {
        let rest: any HTTPSending
        let error: HTTPError
        private let breaks: Mutex<Int>
        private let asked = Mutex<[String]>([])

        init(_ rest: any HTTPSending, times: Int, _ error: HTTPError) {
            self.rest = rest
            self.error = error
            breaks = Mutex(times)
        }

        /// The keys of the requests that came.
        var keys: [String] { asked.withLock { $0 } }

        func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
            asked.withLock { $0.append(request.headers.first { $0.name == "idempotency-key" }?.value ?? "") }
            let isBroken = breaks.withLock { left in
                left -= 1
                return left >= 0
            }
            let answer = try await rest.send(request)
            if isBroken { throw error }
            return answer
        }

        func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamedResponse {
            try await rest.stream(request)
        }
    }

    private static let address = "/api/v1/environments/dev/rollouts"

    private func begin(
        _ server: TestServer, _ http: Breaking, _ revived: @Sendable () async throws -> Void = {}
    ) async throws -> StartedDocument {
        try await ControlClient(endpoint: .socket(server.socket), http: http, caller: "ada").begin(
            Self.address, RolloutBody(release: "v2"), key: "k1", revive: revived)
    }

    @Test func `a request whose answer is lost is asked again by the same key`() async throws {
        let control = StubControl()
        try await TestServer.run(control) { server in
            let http = Breaking(server.http, times: 2, .connectionLost(url: "", detail: "gone"))
            let revivals = Mutex(0)
            _ = try await begin(server, http) { revivals.withLock { $0 += 1 } }
            #expect(http.keys == ["k1", "k1", "k1"])
            #expect(revivals.withLock { $0 } == 2)
        }
        #expect(control.keys == ["k1", "k1", "k1"])
    }

    @Test func `where nobody answers nothing is asked again, and where connections go on breaking it ends`()
        async throws
    {
        try await TestServer.run(StubControl()) { server in
            let refusing = Breaking(server.http, times: 9, .connectionRefused(url: "", detail: "no"))
            let lost = Breaking(server.http, times: 9, .connectionLost(url: "", detail: "gone"))
            for (http, times) in [(refusing, 1), (lost, 6)] {
                let refusal = await #expect(throws: Refusal.self) { try await begin(server, http) }
                #expect(refusal?.code == "unreachable")
                #expect(refusal?.message.contains(times == 1 ? "tidegate serve" : "tidegate status") == true)
                #expect(http.keys.count == times)
            }
        }
    }

    @Test func `a key that is too long is refused`() async throws {
        let key = String(repeating: "k", count: 129)
        try await TestServer.run(StubControl()) { server in
            let http = Breaking(server.http, times: 0, .connectionLost(url: "", detail: ""))
            let client = ControlClient(endpoint: .socket(server.socket), http: http, caller: "ada")
            let refusal = await #expect(throws: Refusal.self) {
                _ = try await client.begin(
                    Self.address, RolloutBody(release: "v2"), key: key, revive: {}, as: StartedDocument.self)
            }
            #expect(refusal?.code == "bad_request")
        }
    }
}
