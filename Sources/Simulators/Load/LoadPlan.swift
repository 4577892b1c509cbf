import NIOHTTP1

/// What is asked for: so many requests a second, for so long, from so many users.
package struct LoadPlan: Sendable {
    package var host: String
    package var port: Int
    package var rate: Int
    package var seconds: Int
    /// Used in turn; with none, only what needs no token is asked for.
    package var tokens: [String]

    package init(host: String, port: Int, rate: Int, seconds: Int, tokens: [String]) {
        self.host = host
        self.port = port
        self.rate = rate
        self.seconds = seconds
        self.tokens = tokens
    }

    /// Every third request is a POST. A user's upload is always the same one, so that it is announced once and then
    /// only confirmed: no limit is met, and every answer is a success.
    func request(_ number: Int) -> LoadRequest {
        let isPost = number % 3 == 0
        guard !tokens.isEmpty else {
            return isPost
                ? LoadRequest(method: .POST, path: "/test/upload", token: nil, body: "{}")
                : LoadRequest(method: .GET, path: "/api/v2/upload/limits", token: nil, body: nil)
        }
        let user = number / 3 % tokens.count
        let digest = String(repeating: "0", count: 56) + String(0x1000_0000 + user, radix: 16)
        return isPost
            ? LoadRequest(
                method: .POST, path: "/api/v2/upload", token: tokens[user],
                body: """
                    {"filename":"load.pdf","bytes_len":1000,"mime":"application/pdf","sha256":"\(digest)"}
                    """)
            : LoadRequest(method: .GET, path: "/api/v2/jobs?limit=5", token: tokens[user], body: nil)
    }
}

/// What came of it. Times are milliseconds.
package struct LoadReport: Codable, Sendable {
    package var requests: Int
    /// Answers that are no success, and requests without an answer.
    package var failed: Int
    /// Counts by status; requests without an answer under what went wrong.
    package var by_status: [String: Int]
    package var p50: Double
    package var p95: Double
    package var p99: Double
    package var seconds: Double
    /// Seconds after the start at which the first and the last failed request were sent.
    package var first_failure: Double?
    package var last_failure: Double?
}
