import Contract
import HTTPClient

/// The API from the caller's side: documents in and out, refusals thrown as they were said.
package struct ControlClient: Sendable {
    package enum Endpoint: Sendable, Equatable {
        case socket(String)
        /// Such as `http://127.0.0.1:7070`.
        case address(String)
    }

    package let endpoint: Endpoint
    private let http: any HTTPSending
    private let caller: String

    package init(endpoint: Endpoint, http: any HTTPSending, caller: String) {
        self.endpoint = endpoint
        self.http = http
        self.caller = caller
    }

    package func get<T: Decodable>(
        _ path: String, query: [(String, String)] = [], timeout: Duration = .seconds(30), as type: T.Type = T.self
    ) async throws -> T {
        try await answer(request("GET", path, query: query, timeout: timeout))
    }

    /// - Parameter timeout: five minutes by default: a smoke run or a big release takes its time.
    package func post<T: Decodable>(
        _ path: String, _ body: some Encodable, timeout: Duration = .seconds(300), as type: T.Type = T.self
    ) async throws -> T {
        var request = request("POST", path, query: [], timeout: timeout)
        request.headers.append((name: "content-type", value: "application/json"))
        request.body = .bytes(try JSON.encode(body))
        return try await answer(request)
    }

    /// Asks for what may be begun only once, by a key: where no answer comes it is asked again, and what was begun by then is
    /// the answer. Where nobody answers in the first place, nothing was begun.
    /// - Parameter revive: called when the connection broke; starts the engine again if need be, or throws.
    package func begin<T: Decodable>(
        _ path: String, _ body: some Encodable, key: String, revive: @Sendable () async throws -> Void,
        as type: T.Type = T.self
    ) async throws -> T {
        var request = request("POST", path, query: [], timeout: .seconds(300))
        request.headers += [(name: "content-type", value: "application/json"), (name: "idempotency-key", value: key)]
        request.body = .bytes(try JSON.encode(body))
        for _ in 0..<Self.attempts {
            do { return try read(try await http.send(request)) } catch {
                guard let error = error as? HTTPError else { throw error }
                guard case .connectionLost = error else { throw unreachable(error) }
                try await revive()
            }
        }
        return try await answer(request)
    }

    /// How often a connection may break before an answer.
    private static let attempts = 5

    /// The lines of a stream as they come, heartbeats left out.
    package func lines(
        _ path: String, query: [(String, String)]
    ) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        try await lines(request("GET", path, query: query, timeout: .seconds(30)))
    }

    /// The lines of a stream that a question in a body asks for.
    package func lines(_ path: String, posting body: some Encodable) async throws -> AsyncThrowingStream<
        [UInt8], any Error
    > {
        var request = request("POST", path, query: [], timeout: .seconds(30))
        request.headers.append((name: "content-type", value: "application/json"))
        request.body = .bytes(try JSON.encode(body))
        return try await lines(request)
    }

    private func lines(_ request: HTTPRequest) async throws -> AsyncThrowingStream<[UInt8], any Error> {
        let response: HTTPStreamedResponse
        do {
            response = try await http.stream(request)
        } catch {
            throw unreachable(error)
        }
        if response.status != 200 {
            var body: [UInt8] = []
            for try await chunk in response.body where body.count < 1 << 20 { body += chunk }
            throw refusal(status: response.status, body: body)
        }
        return cutIntoLines(response.body)
    }

    private func request(
        _ method: String, _ path: String, query: [(String, String)], timeout: Duration
    ) -> HTTPRequest {
        let base =
            switch endpoint {
            case .socket: "http://localhost"
            case .address(let url): url.hasSuffix("/") ? String(url.dropLast()) : url
            }
        let parameters = query.map { "\($0)=\(pathSegment($1))" }.joined(separator: "&")
        var request = HTTPRequest(
            method, base + path + (parameters.isEmpty ? "" : "?\(parameters)"),
            headers: [(name: "tidegate-caller", value: caller), (name: "accept", value: "application/json")],
            timeout: timeout)
        if case .socket(let socket) = endpoint { request.unixSocket = socket }
        return request
    }

    private func answer<T: Decodable>(_ request: HTTPRequest) async throws -> T {
        let response: HTTPResponse
        do { response = try await http.send(request) } catch { throw unreachable(error) }
        return try read(response)
    }

    private func read<T: Decodable>(_ response: HTTPResponse) throws -> T {
        guard (200..<300).contains(response.status) else {
            throw refusal(status: response.status, body: response.body)
        }
        do {
            return try JSON.decode(T.self, from: response.body)
        } catch {
            throw Refusal(
                "strange_answer", "The engine's answer cannot be read; is it of another version? (\(error))",
                exit: .unreachable)
        }
    }

    private func refusal(status: Int, body: [UInt8]) -> Refusal {
        do {
            return try JSON.decode(ErrorDocument.self, from: body).refusal
        } catch {
            return Refusal(
                "strange_answer", "The engine answered \(status) without a reason; is something else listening there?",
                exit: .unreachable)
        }
    }

    private func unreachable(_ error: HTTPError) -> Refusal {
        let place =
            switch endpoint {
            case .socket(let path): "the engine's socket \(path)"
            case .address(let url): url
            }
        switch error {
        case .timedOut(_, let phase, let after):
            return Refusal(
                "timed_out", "No answer from \(place) within \(after.spoken) (\(phase)).", exit: .timedOut)
        case .cancelled: return Refusal("interrupted", "Interrupted.", exit: .interrupted)
        case .connectionLost:
            return Refusal(
                "unreachable",
                "The connection to \(place) broke before an answer came; see what has begun: tidegate status",
                exit: .unreachable)
        default:
            return Refusal(
                "unreachable", "Nobody answers at \(place); start the engine with: tidegate serve",
                exit: .unreachable)
        }
    }
}

/// The lines of a body that are not empty; one longer than 4 MiB is an error.
func cutIntoLines(_ body: AsyncThrowingStream<[UInt8], any Error>) -> AsyncThrowingStream<[UInt8], any Error> {
    AsyncThrowingStream { continuation in
        let task = Task {
            do {
                var cutter = LineCutter()
                for try await chunk in body {
                    for line in try cutter.add(chunk) { continuation.yield(line) }
                }
                if let rest = cutter.rest { continuation.yield(rest) }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in task.cancel() }
    }
}

/// Collects bytes, and gives out the lines that are whole.
struct LineCutter {
    private var buffer: [UInt8] = []

    /// What came after the last line end.
    var rest: [UInt8]? { buffer.isEmpty ? nil : buffer }

    mutating func add(_ chunk: [UInt8]) throws -> [[UInt8]] {
        buffer += chunk
        var lines: [[UInt8]] = []
        var start = buffer.startIndex
        while let end = buffer[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if end > start { lines.append(Array(buffer[start..<end])) }
            start = end + 1
        }
        buffer.removeSubrange(..<start)
        guard buffer.count <= 4 << 20 else {
            throw Refusal("strange_answer", "The engine sent a line without end.", exit: .unreachable)
        }
        return lines
    }
}

/// A name as one segment of a path.
package func pathSegment(_ name: String) -> String { name.percentEncoded() }
