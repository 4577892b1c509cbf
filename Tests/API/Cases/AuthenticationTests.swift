import API
import Documents
import Foundation
import HTTPClient
import Testing

/// What an earlier project's tests of authentication meant to assert (seed 002, "Auth" 1 to 14), each by its number.
/// `SessionTests`, `AccessTests` and `AccountTests` go into the corners.
@Suite(.timeLimit(.minutes(1))) struct `Authentication` {
    private static let password = "correct horse"

    @Test func `1 to 3: who registers is told so without a password, logs in, and with a wrong password does not`()
        async throws
    {
        try await RunningAPI.with { api in
            let ann = ["email": "ann@example.com", "password": Self.password]
            let registered = try await api.call("POST", "/api/v2/auth/register", json: ann)
            #expect(registered.status == 201)
            #expect(!registered.text("access_token").isEmpty && !registered.text("refresh_token").isEmpty)
            #expect(Set((registered["user"] as? [String: Any] ?? [:]).keys) == ["id", "email", "role"])
            let login = try await api.call("POST", "/api/v2/auth/login", json: ann)
            #expect(login.status == 200 && login["expires_in"] as? Int == 900)
            let wrong = try await api.call(
                "POST", "/api/v2/auth/login", json: ["email": "ann@example.com", "password": "wrong horse"])
            #expect(wrong.status == 401 && wrong.text("access_token").isEmpty)
        }
    }

    @Test func `4 and 5: refreshing gives another access token that works, and a made-up refresh token none`()
        async throws
    {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let next = try await api.call("POST", "/api/v2/auth/refresh", json: ["refresh_token": ann.refresh])
            #expect(next.status == 200 && next.text("refresh_token") != ann.refresh)
            let me = try await api.call("GET", "/api/v2/auth/me", token: next.text("access_token"))
            #expect(me.status == 200 && me.text("id") == ann.id)
            let madeUp = ["refresh_token": RandomBytes.uuid()]
            let invalid = try await api.call("POST", "/api/v2/auth/refresh", json: madeUp)
            #expect(invalid.status == 401)
        }
    }

    @Test func `6 to 8: who one is says id, address and role; without a token, or with garbage, it says 401`()
        async throws
    {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let me = try await api.call("GET", "/api/v2/auth/me", token: ann.token)
            #expect(me.object as? [String: String] == ["id": ann.id, "email": ann.email, "role": "user"])
            for token in [nil, "garbage", "a.b.c"] {
                let refused = try await api.call("GET", "/api/v2/auth/me", token: token)
                #expect(refused.status == 401 && refused.response.header("WWW-Authenticate") == "Bearer")
            }
        }
    }

    @Test func `9: after logging out neither token goes on`() async throws {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            #expect(try await api.call("POST", "/api/v2/auth/logout", token: ann.token).status == 204)
            let refresh = try await api.call("POST", "/api/v2/auth/refresh", json: ["refresh_token": ann.refresh])
            #expect(refresh.status == 401)
            #expect(try await api.call("GET", "/api/v2/auth/me", token: ann.token).status == 401)
        }
    }

    @Test func `10 and 11: what was made with a token is found again with it, the same in every field`() async throws {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let upload = try await api.announce([1, 2, 3], token: ann.token)
            let job = try await api.call("GET", "/api/v2/jobs/\(upload.text("job_id"))", token: ann.token)
            #expect(job.status == 200 && job.text("document_id") == upload.text("document_id"))
            let page = try await api.call("GET", "/api/v2/jobs", token: ann.token)
            let first = (page["jobs"] as? [[String: Any]])?.first
            #expect(first?["filename"] as? String == "a.pdf" && first?["bytes_len"] as? Int == 3)
        }
    }

    @Test func `12: an API key opens what its role may, a made-up one nothing, and what is public needs none`()
        async throws
    {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let key = try await api.call("POST", "/api/v2/auth/keys", token: ann.token, json: ["name": "k"]).text("key")
            #expect(try await api.call("GET", "/api/v2/jobs", token: key).status == 200)
            let forged = String(key.dropLast(4)) + "0000"
            #expect(try await api.call("GET", "/api/v2/jobs", token: forged).status == 401)
            #expect(try await api.call("GET", "/api/v2/users", token: key).status == 403)
            #expect(try await api.call("GET", "/health", token: forged).status == 200)
        }
    }

    @Test func `13: ten at once with one token are all answered with the same`() async throws {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let job = try await api.announce([1], token: ann.token).text("job_id")
            let seen = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        let page = try await api.call("GET", "/api/v2/jobs", token: ann.token)
                        return "\(page.status) \((page["jobs"] as? [[String: Any]])?.first?["job_id"] ?? "")"
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(seen == [String](repeating: "200 \(job)", count: 10))
        }
    }

    @Test func `14: of 150 requests the limit lets a hundred through, and the rest are told when to come again`()
        async throws
    {
        var options = RunningAPI.Options()
        options.clock = { 1_700_000_000_000_000 }
        let limit = ["UPLOAD_PIPELINE_MAX_REQUESTS_PER_HOUR_PER_USER": "100"]
        try await RunningAPI.with(limit, options: options) { api in
            let ann = try await api.account()
            var statuses: [Int: Int] = [:]
            for _ in 0..<150 {
                let reply = try await api.call("GET", "/api/v2/jobs", token: ann.token)
                statuses[reply.status, default: 0] += 1
                #expect(reply.status == 200 || Int(reply.response.header("Retry-After") ?? "") ?? 0 > 0)
            }
            #expect(statuses == [200: 100, 429: 50])
            #expect(try await api.call("GET", "/health").status == 200, "and health is nobody's limit")
        }
    }
}
