import API
import Documents
import Foundation
import HTTPClient
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `The API's metrics` {
    private let pdf = SamplePDF(pages: [["One line."]]).bytes

    @Test func `are OpenMetrics, as Prometheus' parser sees them, and name what OpenTelemetry names`() async throws {
        try await RunningAPI.with(platform: ["TIDEGATE_RELEASE": "v\"7\n", "TIDEGATE_BUNDLE": "b1"]) { [pdf] api in
            let ann = try await api.account()
            let upload = try await api.announce(pdf, token: ann.token)
            #expect(try await api.put(upload.text("signed_url"), pdf).status == 204)
            #expect(
                try await api.call("POST", "/api/v2/search", token: ann.token, json: ["query": "line"]).status == 200)
            let text = try await metrics(api)
            #expect(try await OpenMetricsCheck.flaw(in: text) == nil)
            for line in [
                #"target_info{service_name="api",service_version="v\"7\n","#,
                #"http_server_request_duration_seconds_count{http_request_method="POST",url_scheme="http","#
                    + #"http_route="/api/v2/upload",http_response_status_code="200"} 1"#,
                #"http_server_active_requests{http_request_method="GET",url_scheme="http"} 1"#,
                #"messaging_client_sent_messages_total{messaging_system="pipeline",messaging_operation_name="send","#
                    + #"messaging_destination_name="jobs"} 1"#,
                #"db_client_operation_duration_seconds_bucket{db_system_name="sqlite",db_operation_name="SELECT",le="#,
                "db_client_connection_wait_time_seconds_count", "db_client_connection_max",
                #"pipeline_uploads_total{step="announce",outcome="created"} 1"#,
                #"pipeline_uploads_total{step="receive",outcome="stored"} 1"#,
                #"http_client_request_duration_seconds_count{http_request_method="POST",server_address="127.0.0.1","#,
                #"pipeline_open_jobs{status="parse_queued",state="queued"} 1"#, "pipeline_queue_waiting_jobs 1",
                #"pipeline_open_jobs{status="failed_parse",state="deadletter"} 0"#,
                #"pipeline_oldest_job_age_seconds{status="embedding_queued"} 0.0"#,
                "pipeline_active_users 1", "pipeline_sessions 1", #"pipeline_provider_breaker{provider="openai"} 0"#,
            ] { #expect(text.contains(line), "\(line)") }
            let oldest = try #require(
                text.split(separator: "\n").first {
                    $0.hasPrefix(#"pipeline_oldest_job_age_seconds{status="parse_queued"} "#)
                })
            #expect(oldest.split(separator: " ").last.flatMap { Double($0) }.map { $0 > 0 } == true, "\(oldest)")
        }
    }

    @Test func `count refusals by code, uploads and retries by what became of them`() async throws {
        try await RunningAPI.with { [pdf] api in
            let token = try await api.token()
            let upload = try await api.announce(pdf, token: token)
            _ = try await api.announce(pdf, token: token)
            _ = try await api.announce(pdf, token: token, sha256: "no digest")
            #expect(try await api.put(upload.text("signed_url"), pdf + [1]).status == 413)
            _ = try await api.call("POST", "/api/v2/jobs/\(upload.text("job_id"))/retry", token: token)
            _ = try await api.call("GET", "/api/v2/jobs")
            let text = try await metrics(api)
            for line in [
                #"pipeline_uploads_total{step="announce",outcome="existing"} 1"#,
                #"pipeline_uploads_total{step="announce",outcome="invalid_field"} 1"#,
                #"pipeline_uploads_total{step="receive",outcome="too_large"} 1"#,
                #"pipeline_retry_requests_total{outcome="not_retryable"} 1"#,
                #"pipeline_errors_total{error_type="missing_token"} 1"#,
                #"pipeline_errors_total{error_type="too_large"} 1"#,
            ] { #expect(text.contains(line), "\(line)") }
        }
    }

    /// Whatever somebody asks for, the number of series stays what it is.
    @Test func `grow by one series for all the paths and methods that nobody serves`() async throws {
        try await RunningAPI.with { api in
            _ = try await api.call("GET", "/nowhere")
            _ = try await api.call("PROPFIND", "/nowhere")
            let before = try await metrics(api).split(separator: "\n").count
            for number in 0..<50 {
                _ = try await api.call("GET", "/nowhere/canary-\(number)?x=\(number)")
                _ = try await api.call(number % 2 == 0 ? "MKCOL" : "REPORT", "/canary-\(number)")
            }
            let text = try await metrics(api)
            #expect(
                text.split(separator: "\n").count - before < 100,
                "the scrape itself, and no series for each path or method")
            #expect(!text.contains("canary") && !text.contains("MKCOL"))
            #expect(text.contains(#"http_request_method="_OTHER""#) && text.contains(#"http_route="other""#))
        }
    }

    @Test func `are for this machine, or for whoever has the token`() async throws {
        try await RunningAPI.with(platform: ["TIDEGATE_CONTROL_TOKEN": "control"]) { api in
            let outside = (name: "X-Forwarded-For", value: "203.0.113.9")
            let inside = try await api.call("GET", "/metrics").status
            #expect(inside == 200)
            for (token, status) in [(nil, 404), ("wrong", 404), ("control", 200)] {
                let reply = try await api.call("GET", "/metrics", token: token, headers: [outside])
                #expect(reply.status == status, "\(token ?? "no token")")
            }
        }
    }

    @Test func `leave out what the database does not tell, and say the rest`() async throws {
        try await RunningAPI.with { api in
            try await api.database.write { _ = try $0.execute("ALTER TABLE request_counts RENAME TO gone") }
            let text = try await metrics(api)
            #expect(text.contains("http_server_active_requests") && !text.contains("pipeline_open_jobs"))
            #expect(try await OpenMetricsCheck.flaw(in: text) == nil)
        }
    }

    private func metrics(_ api: RunningAPI) async throws -> String {
        let reply = try await api.call("GET", "/metrics")
        #expect(reply.status == 200)
        return reply.response.text
    }
}
