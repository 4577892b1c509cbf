import API
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(5))) struct `The API's description` {
    @Test func `names every operation that is served, and nothing that is not`() async throws {
        try await RunningAPI.with { api in
            let document = try await api.call("GET", "/openapi.json")
            #expect(document.text("openapi") == "3.1.0")
            let paths = document["paths"] as? [String: [String: Any]] ?? [:]
            // The specification's table.
            for (method, path) in Self.specified {
                #expect(paths[path]?[method] != nil, "\(method) \(path)")
            }
            for (path, operations) in paths {
                let place = path.replacing("{id}", with: "7f3f4e0a-6a68-4d53-9d4c-000000000000")
                for method in operations.keys {
                    let reply = try await api.call(method.uppercased(), place)
                    // An operation that is not there says so in these words.
                    #expect(
                        reply.status != 405 && reply.text("message") != "Not Found.",
                        "\(method) \(path) \(reply.object)")
                }
            }
        }
    }

    @Test func `is not there in production, and neither is what is for trying`() async throws {
        try await RunningAPI.with(["UPLOAD_PIPELINE_ENVIRONMENT": "production"]) { api in
            for path in ["/docs", "/openapi.json", "/test/jobs/7f3f4e0a-6a68-4d53-9d4c-000000000000"] {
                let reply = try await api.call("GET", path)
                #expect(reply.status == 404, "\(path)")
            }
            let trial = try await api.call("POST", "/test/upload", json: [:])
            #expect(trial.status == 404)
        }
    }

    @Test func `is a page that asks nobody else for anything`() async throws {
        try await RunningAPI.with { api in
            let page = try await api.call("GET", "/docs").response
            #expect(page.status == 200)
            #expect(page.text.contains("POST /api/v2/upload"))
            #expect(!page.text.contains("<script") && !page.text.contains("http://") && !page.text.contains("https://"))
        }
    }

    @Test func `is valid, as openapi-spec-validator sees it`() async throws {
        let folder = try TemporaryFolder()
        try await RunningAPI.with { api in
            try folder.write("openapi.json", try await api.call("GET", "/openapi.json").response.text)
        }
        let result = try await RunningCommand(
            try PythonTools.path("openapi-spec-validator"), ["--schema", "3.1", folder.file("openapi.json")],
            directory: folder.path
        ).result()
        #expect(result.exit == 0, "\(result.output)\(result.errors)")
    }

    /// Requests made of the description, good and bad ones: no answer may be a 500 or one that is not described.
    @Test func `is what is served, as schemathesis sees it`() async throws {
        let folder = try TemporaryFolder()
        // Also 413 refuses what is wrong: a document that is too large.
        try folder.write(
            "schemathesis.toml",
            """
            [checks]
            negative_data_rejection.expected-statuses = [
                "400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]
            """)
        let changes = [
            "UPLOAD_PIPELINE_MAX_REQUESTS_PER_HOUR_PER_USER": "1000000",
            "UPLOAD_PIPELINE_MAX_CONCURRENT_JOBS_PER_USER": "100000",
            "UPLOAD_PIPELINE_MAX_UPLOADS_PER_DAY_PER_USER": "100000",
        ]
        try await RunningAPI.with(changes, platform: ["TIDEGATE_CONTROL_TOKEN": "control"]) { api in
            // Readiness is described with 503, which counts as a failure there: the worker lives, therefore.
            let later = api.clock() + 3_600_000_000
            try await api.database.write { connection in
                try Workers.beat(
                    .init(
                        instance: "w", release: "v1", share: .all, inFlight: 0, startedAt: later, seenAt: later),
                    on: connection)
            }
            let token = try await api.token(role: "admin")
            let result = try await RunningCommand(
                try PythonTools.path("schemathesis"),
                [
                    "run", "\(api.base)/openapi.json", "--header", "Authorization: Bearer \(token)",
                    "--checks", Self.checks, "--max-examples", "10", "--seed", "1", "--phases",
                    "examples,coverage,fuzzing", "--no-color", "--exclude-path", "/api/v2/auth/logout",
                    // It cannot make PDFs; other tests send what is none.
                    "--exclude-path", "/api/v2/uploads/{id}", "--generation-database", "none",
                ], directory: folder.path
            ).result()
            #expect(result.exit == 0, "\(result.output.suffix(6000))\(result.errors.suffix(1000))")
            let count = result.output.firstMatch(of: /(\d+) generated/).flatMap { Int($0.1) } ?? 0
            #expect(count > 400)
        }
    }

    private static let checks = [
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance",
        "unsupported_method", "negative_data_rejection", "ignored_auth",
    ].joined(separator: ",")

    private static let specified = [
        ("post", "/api/v2/upload"), ("put", "/api/v2/uploads/{id}"), ("get", "/api/v2/upload/limits"),
        ("get", "/api/v2/jobs"), ("get", "/api/v2/jobs/{id}"), ("delete", "/api/v2/documents/{id}"),
        ("post", "/api/v2/jobs/{id}/retry"), ("post", "/api/v2/search"), ("post", "/api/v2/auth/register"),
        ("post", "/api/v2/auth/login"), ("post", "/api/v2/auth/refresh"), ("post", "/api/v2/auth/logout"),
        ("get", "/api/v2/auth/me"), ("post", "/api/v2/webhooks/llamaparse/{id}"), ("get", "/health"),
        ("get", "/health/db"), ("get", "/health/external"), ("get", "/health/worker"), ("get", "/health/live"),
        ("get", "/metrics"), ("get", "/control/config"), ("get", "/docs"), ("get", "/openapi.json"),
        ("post", "/test/upload"), ("get", "/test/jobs/{id}"),
    ]
}
