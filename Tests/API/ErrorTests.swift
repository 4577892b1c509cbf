import API
import Documents
import Foundation
import HTTPClient
import Testing

/// What an earlier project's tests of errors meant to assert: one cause each, and one right answer.
@Suite(.timeLimit(.minutes(1))) struct `Refusals` {
    @Test func `what is not there is 404, with a sentence and the caller's correlation id`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let id = (name: "X-Correlation-ID", value: "test-17")
            for (method, path) in [
                ("GET", "/api/v2/jobs/\(RandomBytes.uuid())"), ("POST", "/api/v2/jobs/\(RandomBytes.uuid())/retry"),
                ("DELETE", "/api/v2/documents/\(RandomBytes.uuid())"), ("GET", "/api/v2/jobs/17"),
            ] {
                let reply = try await api.call(method, path, token: token, headers: [id])
                #expect(reply.status == 404)
                #expect(reply.text("message").hasPrefix("There is no such "))
                #expect(reply.text("correlation_id") == "test-17")
                #expect(reply.response.header("X-Correlation-ID") == "test-17")
            }
        }
    }

    @Test(arguments: ["filename", "bytes_len", "mime", "sha256"])
    func `a field that is missing is named`(_ field: String) async throws {
        try await RunningAPI.with { api in
            var body: [String: Any] = [
                "filename": "a.pdf", "bytes_len": 3, "mime": "application/pdf",
                "sha256": String(repeating: "a", count: 64),
            ]
            body[field] = nil
            let reply = try await api.call("POST", "/api/v2/upload", token: api.token(), json: body)
            #expect(reply.status == 422)
            #expect(reply.text("field") == field)
            #expect(reply.text("message") == "\(field) is missing.")
        }
    }

    @Test func `JSON that breaks off is 422, another media type 415`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            for (type, body, status) in [
                ("application/json", #"{"filename":"#, 422), ("application/json; charset=utf-8", "{}", 422),
                ("text/plain", "{}", 415), ("application/x-www-form-urlencoded", "a=b", 415),
            ] {
                let response = try await api.http.send(
                    HTTPRequest(
                        "POST", "\(api.base)/api/v2/upload",
                        headers: [
                            (name: "Authorization", value: "Bearer \(token)"), (name: "Content-Type", value: type),
                        ], body: .bytes(Array(body.utf8))))
                #expect(response.status == status, "\(type)")
            }
        }
    }

    @Test func `a page of jobs is clamped, and a parameter that is none is named`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            for (query, limit, offset) in [
                ("limit=0", 1, 0), ("limit=-5", 1, 0), ("limit=1000", 100, 0), ("offset=-1", 50, 0),
                ("limit=9223372036854775807&offset=9223372036854775807", 100, Int.max),
            ] {
                let page = try await api.call("GET", "/api/v2/jobs?\(query)", token: token)
                let pagination = page["pagination"] as? [String: Any] ?? [:]
                #expect(page.status == 200)
                #expect(pagination["limit"] as? Int == limit)
                #expect(pagination["offset"] as? Int == offset)
                #expect(pagination["has_more"] as? Bool == false)
            }
            for (query, field) in [("limit=ten", "limit"), ("offset=1.5", "offset"), ("state=Z", "state")] {
                let reply = try await api.call("GET", "/api/v2/jobs?\(query)", token: token)
                #expect(reply.status == 422)
                #expect(reply.text("field") == field)
            }
        }
    }

    @Test func `of five who delete a document at once, one does`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let document = try await api.announce([1], token: token).text("document_id")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        try await api.call("DELETE", "/api/v2/documents/\(document)", token: token).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == [204, 404, 404, 404, 404])
        }
    }

    @Test func `a name that is markup stays a name, in an answer that no browser takes for a page`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let name = "<script>alert(1)</script>.pdf"
            let body: [String: Any] = [
                "filename": name + "\u{0}\u{1b}", "bytes_len": 3, "mime": "application/pdf",
                "sha256": String(repeating: "a", count: 64),
            ]
            #expect(try await api.call("POST", "/api/v2/upload", token: token, json: body).status == 200)
            let page = try await api.call("GET", "/api/v2/jobs", token: token)
            #expect((page["jobs"] as? [[String: Any]])?.first?["filename"] as? String == name)
            #expect(page.response.header("Content-Type") == "application/json")
            #expect(page.response.header("X-Content-Type-Options") == "nosniff")
        }
    }

    @Test func `search without documents finds nothing, and a blank question is refused`() async throws {
        try await RunningAPI.with { api in
            let token = try await api.token()
            let none = try await api.call("POST", "/api/v2/search", token: token, json: ["query": "floods"])
            #expect(none.status == 200)
            #expect((none["results"] as? [Any])?.isEmpty == true)
            for query in ["", " \n", String(repeating: "x", count: 2001)] {
                let reply = try await api.call("POST", "/api/v2/search", token: token, json: ["query": query])
                #expect(reply.status == 422)
                #expect(reply.text("field") == "query")
            }
        }
    }

    @Test func `an address whose time is beyond all counting is refused, and the API lives`() async throws {
        try await RunningAPI.with { api in
            for expires in ["9223372036854775807", "-9223372036854775808", "9223372036855", "x", ""] {
                let url = "\(api.base)/api/v2/uploads/\(RandomBytes.uuid())?expires=\(expires)&signature=00"
                let reply = try await api.put(url, [1])
                #expect(reply.status == 403)
            }
            #expect(try await api.call("GET", "/health/live").status == 200)
        }
    }
}
