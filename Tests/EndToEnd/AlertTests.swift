import Foundation
import HTTPClient
import TestSupport
import Testing

extension EndToEnd {
    /// A rule of the project's own, through a route, to a receiver, by the running control plane.
    @Suite struct `An alert` {
        private struct Kept: Decodable {
            struct Entry: Decodable { var labels: [String: String] }
            var status: String
            var receiver: String
            var notification_reason: String
            var alerts: [Entry]
        }

        private struct Beat: Decodable { var due_at: String }

        private static let rules = """
            alerts: 1
            rules:
              - alert: BackupLate
                series: heartbeat_late_seconds
                match: [heartbeat=backup]
                above: 0
                severity: critical
                labels: { team: storage }
                summary: "The backup is ${value:duration} late."
                action: ls backups
                runbook: runbooks/heartbeat-missing.md
            """

        private static func prepare(_ stack: Stack) throws {
            try stack.folder.write("alerts/mine.yaml", rules)
            try stack.rewrite("environments/dev.yaml") { text in
                text.replacing(
                    "  route: { receiver: stand-in, group-wait: 0s, group-interval: 5s }",
                    with: """
                            other: { webhook: { url: "http://127.0.0.1:1/nobody" } }
                          rules: [alerts/mine.yaml]
                          heartbeats: { backup: { within: 3s } }
                          route:
                            receiver: other
                            routes:
                              - { match: [team=storage], receiver: stand-in, group-wait: 0s, group-interval: 1s }
                        """)
            }
        }

        private static func kept(_ stack: Stack, _ http: HTTPClient) async throws -> [Kept] {
            let answer = try await http.send(HTTPRequest("GET", "http://127.0.0.1:\(stack.simulatorPort)/_alerts"))
            return try JSONDecoder().decode([Kept].self, from: Data(answer.body))
                .filter { $0.alerts.contains { $0.labels["alertname"] == "BackupLate" } }
        }

        private static func beat(_ stack: Stack, _ http: HTTPClient) async throws -> Date {
            let request = HTTPRequest(
                "POST", "http://tidegate/api/v1/environments/dev/heartbeats/backup",
                unixSocket: "\(stack.state)/control.sock")
            let answer = try await http.send(request)
            try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
            let due = try JSONDecoder().decode(Beat.self, from: Data(answer.body)).due_at
            return try Date(due, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        }

        @Test func `goes from a rule in YAML to its receiver within two seconds, once, and is explained`() async throws
        {
            try await Stack.with(prepare: Self.prepare) { stack in
                let http = HTTPClient(maximumConnections: 2)
                let due = try await Self.beat(stack, http)
                let isTold = await eventually(within: .seconds(20)) {
                    (try? await Self.kept(stack, http).count) == 1
                }
                let latency = Date().timeIntervalSince(due)
                print("alert latency from breach to receiver: \(latency) s")
                #expect(isTold && latency < 10)
                let explained = try await stack.tidegate("alerts", "explain", "BackupLate", "--environment", "dev")
                #expect(explained.output.contains("→ stand-in, by the route team=\"storage\""), "\(explained)")
                #expect(explained.output.contains("first notification, delivered"), "\(explained)")

                #expect(await stack.killEngine())
                try await stack.startEngine()
                let known = try await stack.tidegate("alerts", "acknowledge", "dev", "BackupLate", "--reason", "on it")
                #expect(known.exit == 0, "\(known)")
                _ = try await Self.beat(stack, http)
                let isOver = await eventually(within: .seconds(20)) {
                    (try? await Self.kept(stack, http).map(\.status)) == ["firing", "resolved"]
                }
                let seen = try await Self.kept(stack, http)
                #expect(isOver, "\(seen)")
                #expect(seen.map(\.notification_reason).first == "first notification")

                let tried = try await stack.tidegate("alerts", "test", "dev", "--label", "team=storage")
                #expect(tried.exit == 0 && tried.output.contains("stand-in"), "\(tried)")
                let failed = try await stack.tidegate("alerts", "test", "dev", "--receiver", "other")
                #expect(failed.exit == 4, "\(failed)")
                let checked = try await stack.tidegate("alerts", "check")
                #expect(checked.exit == 0 && checked.output.contains("tests passed."), "\(checked)")
            }
        }
    }
}
