import API
import Contract
import Crypto
import Documents
import Foundation
import HTTPClient
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Health and operation` {
    private let platform = [
        "TIDEGATE_RELEASE": "v7", "TIDEGATE_CONTROL_TOKEN": "control", "TIDEGATE_INSTANCE": "i-1",
        "TIDEGATE_DIGEST_KEY": String(repeating: "ab", count: 32),
    ]

    @Test func `readiness reports the release and the digest of what is configured`() async throws {
        try await RunningAPI.with(platform: platform) { [platform] api in
            let health = try await api.call("GET", "/health")
            #expect(health.status == 200)
            #expect(health.text("release") == "v7")
            #expect(health.text("service_mode") == "real")
            let config = try await api.call(
                "GET", "/control/config", headers: [(name: "X-Control-Token", value: "control")])
            #expect(config.text("config_digest") == health.text("config_digest"))
            let digests = config["variables"] as? [String: String] ?? [:]
            let key = SymmetricKey(data: [UInt8](repeating: 0xab, count: 32))
            let bytes = ConfigurationDigest.canonicalBytes(name: "UPLOAD_PIPELINE_ENVIRONMENT", value: "test")
            let expected = HMAC<SHA256>.authenticationCode(for: bytes, using: key).map { String(format: "%02x", $0) }
                .joined()
            #expect(digests["UPLOAD_PIPELINE_ENVIRONMENT"] == expected)
            #expect(digests.keys.allSatisfy { !$0.hasPrefix("TIDEGATE_") })
            #expect(try await api.call("GET", "/control/config").status == 401)
            #expect(try await api.call("GET", "/control/config", token: "wrong").status == 401)
            #expect(platform.count == 4)
        }
    }

    @Test func `a database without its tables makes it unready and says which are missing`() async throws {
        try await RunningAPI.with { api in
            _ = try await api.database.write { connection in
                try connection.execute("DELETE FROM schema_migrations WHERE id = '016-served-receivers'", [])
            }
            let health = try await api.call("GET", "/health")
            #expect(health.status == 503)
            #expect(health.response.text.contains("016-served-receivers"))
            #expect(try await api.call("GET", "/health/live").status == 200)
        }
    }

    @Test func `providers and workers have their own health`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_OPENAI_API_KEY": "invalid"]) { api in
            let external = try await api.call("GET", "/health/external")
            #expect(external.status == 503)
            let checks = external["checks"] as? [String: [String: Any]] ?? [:]
            #expect(checks["llamaparse"]?["status"] as? String == "ok")
            #expect((checks["openai"]?["reason"] as? String)?.contains("401") == true)
            #expect(try await api.call("GET", "/health/worker").status == 503)
            #expect(try await api.call("GET", "/health").status == 200)
        }
    }

    @Test func `metrics count requests by route, and are not for the outside`() async throws {
        try await RunningAPI.with { api in
            _ = try await api.call("GET", "/api/v2/jobs/one", token: api.token())
            let metrics = try await api.call("GET", "/metrics").response.text
            let count = "http_server_request_duration_seconds_count"
            let labels = #"http_route="/api/v2/jobs/{id}",http_response_status_code="404""#
            #expect(metrics.contains(#"\#(count){http_request_method="GET",url_scheme="http",\#(labels)} 1"#))
            #expect(metrics.hasSuffix("# EOF\n"))
            let outside = [(name: "X-Forwarded-For", value: "203.0.113.9")]
            #expect(try await api.call("GET", "/metrics", headers: outside).status == 404)
        }
    }

    @Test func `only its own host names are answered`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_ALLOWED_HOSTS": "api.example.com,*.example.org"]) { api in
            for (host, status) in [
                ("api.example.com", 200), ("a.example.org", 200), ("example.org", 400), ("evil.test", 400),
                ("127.0.0.1:1234", 200),
            ] {
                let reply = try await api.call("GET", "/api/v2/upload/limits", headers: [(name: "Host", value: host)])
                #expect(reply.status == status, "\(host)")
            }
        }
    }

    @Test func `a drill fails the share of requests that it was asked for, after those that it was asked to serve`()
        async throws
    {
        let drill = ["UPLOAD_PIPELINE_DRILL_ERROR_RATE": "0.2", "UPLOAD_PIPELINE_DRILL_ERROR_AFTER": "20"]
        try await RunningAPI.with(drill) { api in
            var statuses: [Int] = []
            for _ in 0..<220 { statuses.append(try await api.call("GET", "/api/v2/upload/limits").status) }
            #expect(statuses.prefix(20).allSatisfy { $0 == 200 })
            #expect((20...60).contains(statuses.dropFirst(20).count { $0 == 500 }))
            #expect(try await api.call("GET", "/health").status == 200)
        }
    }

    @Test func `a drill keeps it from becoming ready`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_DRILL_NOT_READY": "true"]) { api in
            let (ready, live) = (try await api.call("GET", "/health"), try await api.call("GET", "/health/live"))
            #expect(ready.status == 503)
            #expect(live.status == 200)
        }
    }
}
