import API
import Documents
import Foundation
import HTTPClient
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Access to the API` {
    /// Every way in which a token can be bad.
    @Test func `a bad token is 401 and never 500`() async throws {
        try await RunningAPI.with { api in
            let good = try await api.token()
            let expired = try await api.token(now: WallClock.microseconds() - 3_600_000_000)
            let early = try await api.token(now: WallClock.microseconds() + 3_600_000_000)
            let parts = good.split(separator: ".").map(String.init)
            let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.\(parts[1])."
            let bad = [
                "nonsense", "a.b.c", "", expired, early, unsigned, "\(parts[0]).\(parts[1]).AAAA",
                try await foreign("k1:ffffffffffffffffffffffffffffffff"),
                try await foreign("k2:0123456789abcdef0123456789abcdef"),
                try await foreign(RunningAPI.secret, issuer: "somebody"), String(repeating: "x", count: 20_000),
            ]
            for token in bad {
                let reply = try await api.call("GET", "/api/v2/jobs", token: token)
                #expect(reply.status == 401, "\(token.prefix(60)) gave \(reply.status)")
                #expect(!reply.text("correlation_id").isEmpty)
            }
            #expect(try await api.call("GET", "/api/v2/jobs").status == 401)
            #expect(
                try await api.call("GET", "/api/v2/jobs", headers: [(name: "Authorization", value: "Basic eA==")])
                    .status == 401)
            #expect(try await api.call("GET", "/api/v2/jobs", token: good).status == 200)
        }
    }

    @Test func `an API that cannot verify tokens says 503, and is not ready`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_JWT_SECRET": ""]) { api in
            let reply = try await api.call("GET", "/api/v2/jobs", token: "a.b.c")
            #expect(reply.status == 503)
            #expect(reply.text("error") == "auth_unconfigured")
            #expect(try await api.call("GET", "/api/v2/jobs").status == 401)
            #expect(try await api.call("GET", "/health").status == 503)
            #expect(try await api.call("GET", "/health/live").status == 200)
        }
    }

    @Test func `while keys are rotated, tokens of the old and the new one are accepted`() async throws {
        let both = "k2:ffffffffffffffffffffffffffffffff,\(RunningAPI.secret)"
        try await RunningAPI.with(["UPLOAD_PIPELINE_JWT_SECRET": both]) { api in
            let old = try await foreign(RunningAPI.secret)
            #expect(try await api.call("GET", "/api/v2/jobs", token: old).status == 200)
            #expect(try await api.call("GET", "/api/v2/jobs", token: api.token()).status == 200)
        }
    }

    @Test func `a session is opened, refreshed once and ended`() async throws {
        try await RunningAPI.with { api in
            let account = ["email": "Ann@Example.com", "password": "correct horse"]
            #expect(try await api.call("POST", "/api/v2/auth/register", json: account).status == 201)
            #expect(try await api.call("POST", "/api/v2/auth/register", json: account).status == 409)
            let wrong = ["email": "ann@example.com", "password": "wrong horse"]
            #expect(try await api.call("POST", "/api/v2/auth/login", json: wrong).status == 401)
            let login = try await api.call("POST", "/api/v2/auth/login", json: account)
            #expect(login.status == 200)
            let me = try await api.call("GET", "/api/v2/auth/me", token: login.text("access_token"))
            #expect(me.text("email") == "ann@example.com")
            let refresh = ["refresh_token": login.text("refresh_token")]
            let second = try await api.call("POST", "/api/v2/auth/refresh", json: refresh)
            #expect(second.status == 200)
            // Using it again ends the whole session, the new token included.
            #expect(try await api.call("POST", "/api/v2/auth/refresh", json: refresh).status == 401)
            let next = ["refresh_token": second.text("refresh_token")]
            #expect(try await api.call("POST", "/api/v2/auth/refresh", json: next).status == 401)
        }
    }

    @Test func `logging out ends the session`() async throws {
        try await RunningAPI.with { api in
            let account = ["email": "bob@example.com", "password": "correct horse"]
            let login = try await api.call("POST", "/api/v2/auth/register", json: account)
            #expect(try await api.call("POST", "/api/v2/auth/logout", token: login.text("access_token")).status == 204)
            let refresh = ["refresh_token": login.text("refresh_token")]
            #expect(try await api.call("POST", "/api/v2/auth/refresh", json: refresh).status == 401)
        }
    }

    @Test func `a user's requests in an hour are limited, and another user's are not`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_MAX_REQUESTS_PER_HOUR_PER_USER": "45"]) { api in
            let token = try await api.token()
            var statuses: [Int] = []
            for _ in 0..<50 { statuses.append(try await api.call("GET", "/api/v2/jobs", token: token).status) }
            #expect(statuses.count { $0 == 200 } == 45)
            #expect(statuses.suffix(5) == [429, 429, 429, 429, 429])
            let refused = try await api.call("GET", "/api/v2/jobs", token: token)
            #expect(refused.response.header("Retry-After").flatMap(Int.init).map { (1...3600).contains($0) } == true)
            #expect(try await api.call("GET", "/api/v2/jobs", token: api.token()).status == 200)
        }
    }

    /// A token as another installation would make it.
    private func foreign(_ secret: String, issuer: String = "upload-pipeline") async throws -> String {
        var reader = SettingsReader(environment: [
            "UPLOAD_PIPELINE_JWT_SECRET": secret, "UPLOAD_PIPELINE_JWT_ISSUER": issuer,
        ])
        return try await Tokens(settings: TokenSettings(from: &reader))!.sign(
            subject: RandomBytes.uuid(), role: "user", session: nil, now: WallClock.microseconds())
    }
}
