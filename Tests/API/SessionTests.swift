import API
import Documents
import Foundation
import HTTPClient
import Testing

/// What an earlier project's tests of signing in meant to assert, and mostly did not.
@Suite(.timeLimit(.minutes(1))) struct `Signing in` {
    @Test func `registering answers with tokens and the user, and no password`() async throws {
        try await RunningAPI.with { api in
            let reply = try await api.call(
                "POST", "/api/v2/auth/register", json: ["email": "ann@example.com", "password": "correct horse"])
            #expect(reply.status == 201)
            let user = reply["user"] as? [String: Any] ?? [:]
            #expect(UUIDBytes(user["id"] as? String ?? "") != nil)
            #expect(user["email"] as? String == "ann@example.com")
            #expect(user["role"] as? String == "user")
            #expect(reply["expires_in"] as? Int == 900)
            #expect(!reply.response.text.contains("horse") && !reply.response.text.contains("scrypt"))
        }
    }

    @Test func `a wrong password and an unknown address are told in the same words`() async throws {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let wrong = try await api.call(
                "POST", "/api/v2/auth/login", json: ["email": ann.email, "password": "wrong horse"])
            let unknown = try await api.call(
                "POST", "/api/v2/auth/login", json: ["email": "nobody@example.com", "password": "wrong horse"])
            #expect(wrong.status == 401 && unknown.status == 401)
            #expect(wrong.text("message") == unknown.text("message"))
            let right = try await api.call(
                "POST", "/api/v2/auth/login", json: ["email": ann.email.uppercased(), "password": "correct horse"])
            #expect(right.status == 200)
            #expect(right.text("token_type") == "Bearer")
        }
    }

    @Test func `refreshing gives another refresh token even within a second, and what nobody gave is 401`() async throws
    {
        try await RunningAPI.with(options: Self.standing) { api in
            let ann = try await api.account()
            let next = try await api.call("POST", "/api/v2/auth/refresh", json: ["refresh_token": ann.refresh])
            #expect(next.status == 200)
            #expect(next.text("refresh_token") != ann.refresh)
            for token in ["", "nonsense", String(repeating: "0", count: 64), ann.token] {
                let reply = try await api.call("POST", "/api/v2/auth/refresh", json: ["refresh_token": token])
                #expect(reply.status == 401)
            }
        }
    }

    @Test func `a token that is right but for its time is refused, to the second`() async throws {
        try await RunningAPI.with(options: Self.standing) { api in
            let second: Int64 = 1_000_000
            let now = api.clock()
            for (age, status, code) in [
                (899, 200, ""), (900, 401, "token_expired"), (901, 401, "token_expired"), (-60, 200, ""),
                (-61, 401, "token_early"),
            ] {
                let token = try await api.token(now: now - Int64(age) * second)
                let reply = try await api.call("GET", "/api/v2/auth/me", token: token)
                #expect(reply.status == status, "\(age) s old")
                #expect(reply.text("error") == code)
            }
        }
    }

    @Test func `ten at once with the same token are all served`() async throws {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 {
                    group.addTask { try await api.call("GET", "/api/v2/jobs", token: ann.token).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == [Int](repeating: 200, count: 10))
        }
    }

    @Test func `a refresh token that two use at once works for one, and then for nobody`() async throws {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
                for _ in 0..<2 {
                    group.addTask {
                        try await api.call("POST", "/api/v2/auth/refresh", json: ["refresh_token": ann.refresh])
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.map(\.status).sorted() == [200, 401])
            let next = replies.map { $0.text("refresh_token") }.first { !$0.isEmpty } ?? ""
            #expect(try await api.call("POST", "/api/v2/auth/refresh", json: ["refresh_token": next]).status == 401)
        }
    }

    private static var standing: RunningAPI.Options {
        var options = RunningAPI.Options()
        options.clock = { 1_700_000_000_000_000 }
        return options
    }
}
