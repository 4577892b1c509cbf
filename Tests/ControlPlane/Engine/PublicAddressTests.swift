import HTTPClient
import TestSupport
import Testing

@testable import ControlPlane

@Suite(.timeLimit(.minutes(1))) struct `Behind a public address` {
    private func alerts(_ receiver: Receiver) -> String {
        """
        receivers: { operations: { webhook: { url: "\(receiver.url)" } } }
        route: { receiver: operations, group-wait: 0s }
        """
    }

    @Test func `notifications lead to it, and pages that are asked for there lead on`() async throws {
        let receiver = try Receiver()
        let world = try EngineWorld(alerts: alerts(receiver))
        try await world.deploy()
        let address = try PublicAddress("https://ops.example.com/tidegate/")
        try await RunningEngine.run(in: world, publicAddress: address) { engine in
            world.machine.ready(false)
            for _ in 0..<40 where receiver.messages.isEmpty { try await engine.later(.seconds(5)) }
            let message = try #require(receiver.messages.first)
            #expect(message.externalURL == "https://ops.example.com/tidegate")
            #expect(message.alerts.first?.generatorURL == "https://ops.example.com/tidegate/environments/dev")

            // As the proxy asks for /tidegate/environments/dev.
            let page = try await engine.asked(for: "/environments/dev", of: "ops.example.com")
            #expect(page.status == 200)
            #expect(page.text.contains("href=\"/tidegate/static/style.css\"") && !page.text.contains("href=\"/static"))
            #expect(page.text.contains("data-events=\"/tidegate/events?environment=dev\""))
            // Whoever comes directly follows the same links.
            let direct = try await engine.asked(for: "/tidegate/environments/dev", of: "127.0.0.1")
            #expect(direct.status == 200 && direct.text == page.text)
            #expect(try await engine.asked(for: "/tidegate/static/style.css", of: "127.0.0.1").status == 200)
            #expect(try await engine.asked(for: "/tidegatekeeper", of: "127.0.0.1").status == 404)
            let missing = try await engine.asked(for: "/environments/nowhere", of: "ops.example.com")
            #expect(missing.status == 404 && missing.text.contains("href=\"/tidegate/\""))
            #expect(try await engine.asked(for: "/", of: "elsewhere.example.com").status == 403)
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `A public address that is none` {
    @Test func `ends serve with 1 and a sentence, before anything begins`() async throws {
        let world = try EngineWorld(alerts: "")
        let said = try await RunningCommand(
            try BuildProducts.path("tidegate"),
            ["serve", "--public-url", "ops.example.com", "--project", world.folder.path],
            directory: world.folder.path
        ).result()
        #expect(said.exit == 1 && said.output.isEmpty, "\(said)")
        #expect(said.errors.hasPrefix("tidegate: ops.example.com is no public address: "), "\(said)")
        #expect(said.errors.split(separator: "\n").count == 1)
    }
}

extension RunningEngine {
    /// What a browser gets that knows the dashboard under this name.
    fileprivate func asked(for path: String, of host: String) async throws -> HTTPResponse {
        try await http.send(
            HTTPRequest("GET", "\(address)\(path)", headers: [("accept", "text/html"), ("host", host)]))
    }
}
