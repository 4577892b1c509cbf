import Foundation
import HTTPClient
import TestSupport

/// The API's endpoints, one request at a time, beside what the seeds' table asks of them.
struct EndpointTimes {
    struct Row {
        var name: String
        /// Milliseconds.
        var mean: Double
        var p95: Double
        /// The seeds' mean and p95.
        var asked: String
    }

    private struct Session: Decodable {
        var access_token: String
        var refresh_token: String
    }

    private static let count = 500

    let url: String
    let http: HTTPClient

    func measure() async throws -> [Row] {
        var session = try await open()
        let token = session.access_token
        return [
            try await time("health", "15, 25") { _ in try await ask("GET", "/health") },
            try await time("announcing an upload", "45, 75") { number in
                try await ask("POST", "/api/v2/upload", token, Self.announcement(number))
            },
            try await time("a list of jobs", "35, 60") { _ in try await ask("GET", "/api/v2/jobs?limit=20", token) },
            try await time("a new token", "5, 8") { _ in
                let body = #"{"refresh_token":"\#(session.refresh_token)"}"#
                let answer = try await ask("POST", "/api/v2/auth/refresh", nil, body)
                session = try JSONDecoder().decode(Session.self, from: Data(answer.body))
            },
        ]
    }

    private func open() async throws -> Session {
        let body = #"{"email":"\#(UUID().uuidString)@example.com","password":"a long enough password"}"#
        let answer = try await ask("POST", "/api/v2/auth/register", nil, body)
        return try JSONDecoder().decode(Session.self, from: Data(answer.body))
    }

    private func time(
        _ name: String, _ asked: String, _ body: (Int) async throws -> Void
    ) async throws -> Row {
        var times: [Double] = []
        for number in 0..<Self.count {
            let begin = ContinuousClock.now
            try await body(number)
            times.append((ContinuousClock.now - begin) / .milliseconds(1))
        }
        times.sort()
        return Row(
            name: name, mean: times.reduce(0, +) / Double(times.count), p95: times[times.count * 95 / 100],
            asked: asked)
    }

    @discardableResult
    private func ask(
        _ method: String, _ path: String, _ token: String? = nil, _ body: String? = nil
    ) async throws -> HTTPResponse {
        var headers: [(name: String, value: String)] = []
        if let token { headers.append((name: "Authorization", value: "Bearer \(token)")) }
        if body != nil { headers.append((name: "Content-Type", value: "application/json")) }
        let content = body.map { HTTPRequest.Body.bytes(Array($0.utf8)) }
        let request = HTTPRequest(method, url + path, headers: headers, body: content ?? .none)
        let answer = try await http.send(request)
        guard (200..<300).contains(answer.status) else {
            throw WrongUse(word: "\(url + path) answered \(answer.status): \(answer.text)")
        }
        return answer
    }

    private static func announcement(_ number: Int) -> String {
        let digest = String(repeating: "f", count: 56) + String(format: "%08x", number)
        return #"{"filename":"a.pdf","bytes_len":10240,"mime":"application/pdf","sha256":"\#(digest)"}"#
    }
}
