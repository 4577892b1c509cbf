import API
import Documents
import Foundation
import HTTPClient
import Storage
import Testing

@Suite(.timeLimit(.minutes(1))) struct `Accounts, keys and roles` {
    @Test func `an API key is shown once, stored hashed, used as a bearer token, and refused once revoked`()
        async throws
    {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let made = try await api.call("POST", "/api/v2/auth/keys", token: ann.token, json: ["name": "import"])
            #expect(made.status == 201)
            let (key, id) = (made.text("key"), made.text("id"))
            #expect(key.hasPrefix("tgk_"))
            #expect(try await api.call("GET", "/api/v2/jobs", token: key).status == 200)
            #expect(try await api.call("GET", "/api/v2/auth/me", token: key).text("id") == ann.id)

            let listed = try await api.call("GET", "/api/v2/auth/keys", token: ann.token)
            #expect(!listed.response.text.contains(key))
            let keys = listed["keys"] as? [[String: Any]] ?? []
            #expect(keys.count == 1)
            #expect(keys.first?["last_used_at"] is String)
            #expect(keys.first?["role"] as? String == "user")
            let stored = try await api.database.read { connection in
                try connection.query("SELECT key_hash FROM api_keys", [])[0].get("key_hash", as: String.self)
            }
            #expect(stored != key && !key.contains(stored))

            let bob = try await api.account()
            #expect(try await api.call("DELETE", "/api/v2/auth/keys/\(id)", token: bob.token).status == 404)
            #expect(try await api.call("DELETE", "/api/v2/auth/keys/\(id)", token: ann.token).status == 204)
            #expect(try await api.call("DELETE", "/api/v2/auth/keys/\(id)", token: ann.token).status == 404)
            #expect(try await api.call("GET", "/api/v2/jobs", token: key).status == 401)
            #expect(
                try await api.call("GET", "/api/v2/jobs", token: "tgk_" + key.dropFirst(4).reversed()).status == 401)
        }
    }

    @Test func `a key cannot make or revoke keys, and a reader's only looks`() async throws {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let made = try await api.call(
                "POST", "/api/v2/auth/keys", token: ann.token, json: ["name": "look", "role": "reader"])
            let reader = made.text("key")
            #expect(try await api.call("GET", "/api/v2/jobs", token: reader).status == 200)
            #expect(try await api.announce([1], token: reader).status == 403)
            #expect(try await api.announce([1], token: ann.token).status == 200)
            let wide = try await api.call("POST", "/api/v2/auth/keys", token: ann.token, json: ["name": "wide"])
            #expect(
                try await api.call("POST", "/api/v2/auth/keys", token: wide.text("key"), json: ["name": "x"]).status
                    == 403)
            #expect(
                try await api.call(
                    "POST", "/api/v2/auth/keys", token: ann.token, json: ["name": "x", "role": "admin"]
                ).status == 403)
            let odd = try await api.call(
                "POST", "/api/v2/auth/keys", token: ann.token, json: ["name": "x", "role": "king"])
            #expect(odd.status == 422)
            #expect(odd.text("field") == "role")
        }
    }

    @Test func `a disabled user is refused everywhere at once, and let in again by an admin`() async throws {
        var options = RunningAPI.Options()
        options.hasReplica = true
        try await RunningAPI.with(options: options) { api in
            let (ann, root) = (try await api.account(), try await api.account())
            try await api.database.write { connection in _ = try Users.setRole(.admin, of: root.id, on: connection) }
            let key = try await api.call("POST", "/api/v2/auth/keys", token: ann.token, json: ["name": "k"]).text("key")
            let change = "/api/v2/users/\(ann.id)"
            #expect(try await api.call("PUT", change, token: ann.token, json: ["disabled": true]).status == 403)
            #expect(try await api.call("PUT", change, token: root.token, json: ["disabled": true]).status == 200)
            for base in [api.base, api.other] {
                for token in [ann.token, key] {
                    let refused = try await api.call("GET", "\(base)/api/v2/jobs", token: token)
                    #expect(refused.status == 401)
                    #expect(refused.text("error") == "account_disabled")
                }
            }
            let login = ["email": ann.email, "password": "correct horse"]
            #expect(try await api.call("POST", "/api/v2/auth/login", json: login).status == 401)
            #expect(
                try await api.call("POST", "/api/v2/auth/refresh", json: ["refresh_token": ann.refresh]).status == 401)
            #expect(try await api.call("PUT", change, token: root.token, json: ["disabled": false]).status == 200)
            #expect(try await api.call("POST", "/api/v2/auth/login", json: login).status == 200)
            #expect(try await api.call("GET", "/api/v2/jobs", token: key).status == 200)
            // The session that was open then stays ended.
            #expect(try await api.call("GET", "/api/v2/jobs", token: ann.token).status == 401)
        }
    }

    @Test func `only an admin sees and changes accounts, and not the own one`() async throws {
        try await RunningAPI.with { api in
            let (ann, root) = (try await api.account(), try await api.account())
            #expect(try await api.call("GET", "/api/v2/users", token: root.token).status == 403)
            try await api.database.write { connection in _ = try Users.setRole(.admin, of: root.id, on: connection) }
            let all = try await api.call("GET", "/api/v2/users", token: root.token)
            #expect((all["users"] as? [[String: Any]])?.count == 2)
            #expect(!all.response.text.contains("scrypt"))
            let reader = try await api.call(
                "PUT", "/api/v2/users/\(ann.id)", token: root.token, json: ["role": "reader"])
            #expect(reader.text("role") == "reader")
            // The role counts from the next request on, whatever the token says.
            #expect(try await api.announce([1], token: ann.token).status == 403)
            let own = try await api.call("PUT", "/api/v2/users/\(root.id)", token: root.token, json: ["role": "user"])
            #expect(own.status == 409)
            let nobody = try await api.call(
                "PUT", "/api/v2/users/\(RandomBytes.uuid())", token: root.token, json: ["role": "user"])
            #expect(nobody.status == 404)
        }
    }

    @Test func `accounts are listed page by page, each once`() async throws {
        try await RunningAPI.with { api in
            let root = try await api.account("root@example.com")
            try await api.database.write { connection in
                _ = try Users.setRole(.admin, of: root.id, on: connection)
                for number in 0..<7 {
                    _ = try Users.create(
                        UserRecord(
                            id: RandomBytes.uuid(), email: "user-\(number)@example.com", passwordHash: "x", createdAt: 1
                        ),
                        on: connection)
                }
            }
            var emails: [String] = []
            for (offset, count, more) in [(0, 3, true), (3, 3, true), (6, 2, false), (9, 0, false)] {
                let page = try await api.call("GET", "/api/v2/users?limit=3&offset=\(offset)", token: root.token)
                let users = page["users"] as? [[String: Any]] ?? []
                let pagination = page["pagination"] as? [String: Any] ?? [:]
                #expect(page.status == 200 && users.count == count && pagination["total"] as? Int == 8)
                #expect(pagination["has_more"] as? Bool == more)
                emails += users.compactMap { $0["email"] as? String }
            }
            #expect(emails == ["root@example.com"] + (0..<7).map { "user-\($0)@example.com" })
            #expect(try await api.call("GET", "/api/v2/users?limit=x", token: root.token).status == 422)
        }
    }

    @Test func `a role that only a later release knows is read as the least, and locks nobody out`() async throws {
        try await RunningAPI.with { api in
            let (ann, root) = (try await api.account(), try await api.account())
            try await api.database.write { connection in
                _ = try Users.setRole(.admin, of: root.id, on: connection)
                _ = try connection.execute("UPDATE users SET role = 'auditor' WHERE id = ?", [ann.id])
            }
            #expect(try await api.call("GET", "/api/v2/jobs", token: ann.token).status == 200)
            #expect(try await api.announce([1], token: ann.token).status == 403)
            let list = try await api.call("GET", "/api/v2/users", token: root.token)
            let roles = (list["users"] as? [[String: Any]] ?? []).compactMap { $0["role"] as? String }
            #expect(Set(roles) == ["admin", "reader"])
            let login = ["email": ann.email, "password": "correct horse"]
            #expect(try await api.call("POST", "/api/v2/auth/login", json: login).status == 200)
            let stored = try await api.database.read { connection in
                try connection.query("SELECT role FROM users WHERE id = ?", [ann.id])[0].get("role", as: String.self)
            }
            #expect(stored == "auditor", "the later release finds it again")
        }
    }

    @Test func `logging out ends the access token as well, and going on does not`() async throws {
        try await RunningAPI.with { api in
            let ann = try await api.account()
            let next = try await api.call("POST", "/api/v2/auth/refresh", json: ["refresh_token": ann.refresh])
            #expect(next.text("access_token") != ann.token || next.text("refresh_token") != ann.refresh)
            #expect(try await api.call("GET", "/api/v2/jobs", token: ann.token).status == 200)
            #expect(try await api.call("POST", "/api/v2/auth/logout", token: next.text("access_token")).status == 204)
            #expect(try await api.call("GET", "/api/v2/jobs", token: ann.token).status == 401)
            #expect(try await api.call("GET", "/api/v2/jobs", token: next.text("access_token")).status == 401)
        }
    }

    @Test func `an address with control characters is no address, on PostgreSQL either`() async throws {
        try await RunningAPI.with { api in
            for email in [
                "a\u{0}@example.com", "a@", "@b", "a b@c", "a@b@c", String(repeating: "x", count: 255) + "@b",
            ] {
                let reply = try await api.call(
                    "POST", "/api/v2/auth/register", json: ["email": email, "password": "correct horse"])
                #expect(reply.status == 422)
                #expect(reply.text("field") == "email")
            }
        }
    }
}
