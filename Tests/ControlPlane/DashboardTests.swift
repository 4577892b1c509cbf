import HTTPClient
import Synchronization
import Testing

@testable import ControlPlane

@Suite(.timeLimit(.minutes(1)))
struct DashboardTests {
    @Test func `text and attributes are escaped`() {
        let html = tag("p", .title(#""><script>"#)) { "<b>&'" }
        #expect(html.render() == "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;&#39;</p>")
    }

    @Test func `what instances say cannot become markup`() async throws {
        let control = StubControl()
        control.memory.withLock { memory in
            memory.status.services[0].instances[0].detail = "<img src=x onerror=alert(1)>"
            memory.status.alerts[0].summary = "</main><script>alert(1)</script>"
        }
        try await TestServer.run(control) { server in
            let page = try await server.page("/environments/dev")
            #expect(page.status == 200)
            #expect(!page.text.contains("<img"))
            #expect(!page.text.contains("<script>alert"))
            #expect(page.text.contains("&lt;img src=x"))
        }
    }

    @Test func `an environment's strip shows the last rollout that did something`() {
        var status = Sample.status
        status.rollout = nil
        var idle = Sample.rollout
        idle.release = "v3"
        idle.steps = [StepDocument(name: "validate", state: .done), StepDocument(name: "retire", state: .skipped)]
        let page = EnvironmentPage(status: status, history: [idle, Sample.rollout], journal: []).page(theme: nil)
        let text = page.body.map { $0.render() }.joined()
        #expect(text.contains("Last rollout: v3") == false)
        #expect(text.contains("of v2"))
    }

    @Test func `pages allow nothing inline and nothing from elsewhere`() async throws {
        try await TestServer.run(StubControl()) { server in
            for path in ["/", "/environments/dev", "/rollouts/r1", "/releases"] {
                let page = try await server.page(path)
                #expect(page.status == 200, "\(path)")
                let policy = page.header("content-security-policy") ?? ""
                #expect(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "\(path)")
                #expect(!page.text.contains("style=\"") && !page.text.contains("onclick"), "\(path)")
            }
        }
    }

    @Test func `every page has a twin in JSON`() async throws {
        try await TestServer.run(StubControl()) { server in
            let twin = try await server.get("/environments/dev.json")
            #expect(try JSON.decode(StatusDocument.self, from: twin.body) == Sample.status)
            for path in ["/index.json", "/rollouts/r1.json", "/releases.json"] {
                let answer = try await server.get(path)
                #expect(answer.status == 200, "\(path)")
                #expect(answer.header("content-type") == "application/json; charset=utf-8", "\(path)")
            }
        }
    }

    @Test func `a project without data still has its pages`() async throws {
        let control = StubControl()
        control.memory.withLock { memory in
            memory.environments = []
            memory.status = StatusDocument(environment: "dev", kind: "development", state: .empty)
        }
        try await TestServer.run(control) { server in
            try await server.expect("No environment is defined", at: "/")
            try await server.expect("Nothing was rolled out here yet", at: "/environments/dev")
        }
    }

    @Test func `an environment that cannot be used says why`() async throws {
        let control = StubControl()
        control.memory.withLock {
            $0.environments = [
                EnvironmentDocument(name: "dev", kind: "unknown", platform: "unknown", invalid: "line 3: no such key")
            ]
        }
        try await TestServer.run(control) { server in
            try await server.expect("line 3: no such key", at: "/")
        }
    }

    @Test func `a failure is a page for people and a document for programs`() async throws {
        let control = StubControl()
        control.memory.withLock { $0.refusal = Refusal("unknown_environment", "There is no dev.", exit: .usage) }
        try await TestServer.run(control) { server in
            let page = try await server.page("/environments/dev")
            #expect(page.status == 404)
            #expect(page.text.contains("There is no dev."))
            #expect(page.header("content-type")?.hasPrefix("text/html") == true)
        }
    }

    @Test func `the numbers of a verdict are on the page`() async throws {
        try await TestServer.run(StubControl()) { server in
            let text = try await server.page("/environments/dev").text
            for number in ["0.21", "0.05", "240", "1400.2", "1000"] { #expect(text.contains(">\(number)<")) }
        }
    }
}
