import NIOHTTP1

/// What is asked for: so many requests a second, for so long, from so many users.
package struct LoadPlan: Sendable {
    package var host: String
    package var port: Int
    package var rate: Int
    package var seconds: Int
    /// Used in turn; with none, only what needs no token is asked for.
    package var tokens: [String]
    /// Connections that are kept open and used in turn; nil for a connection of its own for each request.
    package var connections: Int?

    package init(host: String, port: Int, rate: Int, seconds: Int, tokens: [String], connections: Int? = nil) {
        self.host = host
        self.port = port
        self.rate = rate
        self.seconds = seconds
        self.tokens = tokens
        self.connections = connections
    }

    /// A body of two kilobytes, which no server can leave unread.
    private static let ballast = #"{"ballast":""# + String(repeating: "0123456789abcdef", count: 128) + #""}"#

    /// Every third request is a POST. A user's upload is always the same one, so that it is announced once and then
    /// only confirmed: no limit is met, and every answer is a success.
    func request(_ number: Int) -> LoadRequest {
        let isPost = number % 3 == 0
        guard !tokens.isEmpty else {
            return isPost
                ? make(.POST, "/test/upload", body: Self.ballast, expected: #""job_id":"#)
                : make(.GET, "/api/v2/upload/limits", expected: #""max_file_size_bytes":"#)
        }
        let user = number / 3 % tokens.count
        let digest = String(repeating: "0", count: 56) + String(0x1000_0000 + user, radix: 16)
        return isPost
            ? make(
                .POST, "/api/v2/upload", token: tokens[user],
                body: """
                    {"filename":"load.pdf","bytes_len":1000,"mime":"application/pdf","sha256":"\(digest)"}
                    """, expected: #""job_id":"#)
            : make(.GET, "/api/v2/jobs?limit=5", token: tokens[user], expected: #""jobs":"#)
    }

    private func make(
        _ method: HTTPMethod, _ path: String, token: String? = nil, body: String? = nil, expected: String
    ) -> LoadRequest {
        LoadRequest(
            method: method, path: path, token: token, body: body, expected: expected, keepsAlive: connections != nil)
    }
}

/// What came of it. Times are milliseconds.
package struct LoadReport: Codable, Sendable {
    package var requests: Int
    /// Answers that are not the one asked for, and requests without an answer.
    package var failed: Int
    /// Counts by status; what is no answer or not the one asked for under what went wrong.
    package var by_status: [String: Int]
    /// Connections that were opened.
    package var connections: Int
    package var p50: Double
    package var p95: Double
    package var p99: Double
    package var seconds: Double
    /// Seconds after the start at which the first and the last failed request were sent.
    package var first_failure: Double?
    package var last_failure: Double?
    /// What became of the documents that were sent besides; nil when there were to be none.
    package var documents: DocumentLoad.Report?
}
