import HTTPClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Browsers` {
    private static let home = "https://app.example.com"

    @Test func `call from the origins that are listed, and may read refusals too`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_CORS_ORIGINS": Self.home]) { api in
            let origin = (name: "Origin", value: Self.home)
            let preflight = try await api.call(
                "OPTIONS", "/api/v2/upload",
                headers: [origin, (name: "Access-Control-Request-Method", value: "POST")])
            #expect(preflight.status == 204)
            #expect(preflight.response.header("Access-Control-Allow-Origin") == Self.home)
            #expect(preflight.response.header("Access-Control-Allow-Headers")?.contains("Authorization") == true)
            let refused = try await api.call("GET", "/api/v2/jobs", headers: [origin])
            #expect(refused.status == 401)
            #expect(refused.response.header("Access-Control-Allow-Origin") == Self.home)
            #expect(refused.response.header("Access-Control-Expose-Headers")?.contains("Retry-After") == true)
            #expect(refused.response.header("Access-Control-Allow-Credentials") == nil)
        }
    }

    @Test(arguments: [
        "https://evil.test", "https://app.example.com.evil.test", "http://app.example.com", "null",
        "https://app.example.com:444",
    ])
    func `call from nowhere else`(_ foreign: String) async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_CORS_ORIGINS": Self.home]) { api in
            let origin = (name: "Origin", value: foreign)
            let preflight = try await api.call(
                "OPTIONS", "/api/v2/upload",
                headers: [origin, (name: "Access-Control-Request-Method", value: "POST")])
            #expect(preflight.status == 403)
            #expect(preflight.text("error") == "origin_refused")
            #expect(preflight.response.header("Access-Control-Allow-Origin") == nil)
            let read = try await api.call("GET", "/api/v2/upload/limits", headers: [origin])
            #expect(read.response.header("Access-Control-Allow-Origin") == nil)
            #expect(read.response.header("Vary") == "Origin")
        }
    }

    @Test(arguments: ["/health/live", "/api/v2/jobs", "/nowhere", "/docs"])
    func `are told to make nothing else of an answer than it is`(_ path: String) async throws {
        try await RunningAPI.with { api in
            let reply = try await api.call("GET", path, headers: [(name: "X-Forwarded-Proto", value: "https")])
            #expect(reply.response.header("X-Content-Type-Options") == "nosniff")
            #expect(reply.response.header("X-Frame-Options") == "DENY")
            #expect(reply.response.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true)
            #expect(reply.response.header("Strict-Transport-Security") != nil)
            #expect(reply.response.header("Cache-Control") == "no-store")
        }
    }

    @Test func `and others learn which methods a path takes`() async throws {
        try await RunningAPI.with { api in
            for method in ["DELETE", "PATCH", "OPTIONS", "TRACE"] {
                let reply = try await api.call(method, "/api/v2/auth/keys")
                #expect(reply.status == 405)
                #expect(reply.response.header("Allow") == "GET, POST")
            }
            #expect(try await api.call("GET", "/api/v2/nowhere").status == 404)
        }
    }
}
