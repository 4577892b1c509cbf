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
            var externalURL: String
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

        /// As Prometheus sees the control plane, and as its own tools judge what they see.
        private static func checkMetrics(_ stack: Stack, _ http: HTTPClient) async throws {
            let url = "http://127.0.0.1:\(stack.dashboardPort)/metrics"
            let open = try await http.send(
                HTTPRequest("GET", url, headers: [("Accept", "application/openmetrics-text;version=1.0.0")]))
            #expect(try await OpenMetricsCheck.flaw(in: String(decoding: open.body, as: UTF8.self)) == nil)
            let plain = try await http.send(HTTPRequest("GET", url))
            #expect(try await OpenMetricsCheck.promtool(String(decoding: plain.body, as: UTF8.self)) == nil)
            let prometheus = try RunningPrometheus([stack.dashboardPort])
            defer { prometheus.command.signal(SIGKILL) }
            for query in [
                #"tidegate_alerts{environment="dev",state="firing",severity="critical"} > 0"#,
                #"tidegate_notification_attempts_total{receiver="stand-in",outcome="delivered"} > 0"#,
                #"tidegate_notifications_waiting{receiver="stand-in"} == 0"#,
                #"rate(tidegate_rule_evaluation_duration_seconds_count{environment="dev"}[10s]) > 0"#,
                #"tidegate_heartbeat_late_seconds{heartbeat="backup"} > 0"#, "tidegate_database_up == 1",
            ] {
                let isThere = await eventually(within: .seconds(30)) {
                    (try? await Self.hasResult(query, prometheus.url, http)) == true
                }
                #expect(isThere, "\(query)")
            }
        }

        private static func hasResult(_ query: String, _ prometheus: String, _ http: HTTPClient) async throws -> Bool {
            struct Answer: Decodable {
                struct Data: Decodable { var result: [Entry] }
                struct Entry: Decodable { var metric: [String: String] }
                var data: Data
            }
            let text = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let answer = try await http.send(HTTPRequest("GET", "\(prometheus)/api/v1/query?query=\(text)"))
            return try !JSONDecoder().decode(Answer.self, from: Foundation.Data(answer.body)).data.result.isEmpty
        }

        private static func beat(
            _ stack: Stack, _ http: HTTPClient, _ name: String = "backup"
        ) async throws -> Date {
            let request = HTTPRequest(
                "POST", "http://tidegate/api/v1/environments/dev/heartbeats/\(name)",
                unixSocket: "\(stack.state)/control.sock")
            let answer = try await http.send(request)
            try #require(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
            let due = try JSONDecoder().decode(Beat.self, from: Data(answer.body)).due_at
            return try Date(due, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        }

        @Test func `goes from a rule in YAML to its receiver within ten seconds, once, and is explained`() async throws
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

                try await Self.checkMetrics(stack, http)
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
                #expect(seen.allSatisfy { $0.externalURL == stack.publicURL }, "\(seen)")

                let tried = try await stack.tidegate("alerts", "test", "dev", "--label", "team=storage")
                #expect(tried.exit == 0 && tried.output.contains("stand-in"), "\(tried)")
                let failed = try await stack.tidegate("alerts", "test", "dev", "--receiver", "other")
                #expect(failed.exit == 4, "\(failed)")
                let checked = try await stack.tidegate("alerts", "check")
                #expect(checked.exit == 0 && checked.output.contains("tests passed."), "\(checked)")
            }
        }

        // MARK: Held back, called out, taken in hand

        private static let lateRules = ["Backup", "Export", "Archive", "Tape", "Index"].map { name in
            """
              - alert: \(name)Late
                series: heartbeat_late_seconds
                match: [heartbeat=\(name.lowercased())]
                above: 0
                severity: critical
                during-rollout: \(name == "Index" ? "hold" : "fire")
                summary: "It is late."
                action: ls
                runbook: runbooks/heartbeat-missing.md
            """
        }

        private static func prepareRoutes(_ stack: Stack) throws {
            try stack.folder.write(
                "alerts/mine.yaml", "alerts: 1\nrules:\n" + lateRules.joined(separator: "\n") + "\n")
            try stack.rewrite("environments/dev.yaml") { text in
                text.replacing(
                    "  route: { receiver: stand-in, group-wait: 0s, group-interval: 5s }",
                    with: """
                            lead: { webhook: { url: "http://127.0.0.1:\(stack.simulatorPort)/_alerts" } }
                          rules: [alerts/mine.yaml]
                          heartbeats:
                            { backup: { within: 1s }, export: { within: 1s }, archive: { within: 1s },
                              tape: { within: 1s }, index: { within: 1s } }
                          inhibit: [{ source: [alertname=BackupLate], target: [alertname=ExportLate], equal: [environment] }]
                          route:
                            receiver: stand-in
                            group-wait: 0s
                            group-interval: 1s
                            routes:
                              - { match: [alertname=BackupLate], escalate: [{ after: 1s, receiver: lead }] }
                              - { match: [alertname=TapeLate], escalate: [{ after: 10m, receiver: lead }] }
                        """)
            }
        }

        /// What receivers were told: `receiver alert status`.
        private static func told(_ stack: Stack, _ http: HTTPClient) async throws -> [String] {
            let answer = try await http.send(HTTPRequest("GET", "http://127.0.0.1:\(stack.simulatorPort)/_alerts"))
            return try JSONDecoder().decode([Kept].self, from: Data(answer.body)).flatMap { kept in
                kept.alerts.compactMap { $0.labels["alertname"] }.filter { $0.hasSuffix("Late") }
                    .map { "\(kept.receiver) \($0) \(kept.status)" }
            }
        }

        /// What `alerts explain` says of an alert in the end.
        private static func explained(_ alert: String, says words: String, _ stack: Stack) async -> Bool {
            await eventually(within: .seconds(30)) {
                let said = try? await stack.tidegate("alerts", "explain", alert, "--environment", "dev")
                return said?.output.contains(words) == true
            }
        }

        @Test func `is held back, called out and taken in hand as its routes say, and each is explained`() async throws
        {
            try await Stack.with(prepare: Self.prepareRoutes) { stack in
                let http = HTTPClient(maximumConnections: 2)
                let quiet = try await stack.tidegate(
                    "silence", "add", "dev", "alertname=ArchiveLate", "--until", "1h", "--reason", "a new disk comes")
                #expect(quiet.exit == 0, "\(quiet)")
                _ = try await stack.release("v1")
                let started = try await stack.tidegate("rollout", "dev", "--release", "v1", "--yes", "--no-wait")
                #expect(started.exit == 0, "\(started)")
                #expect(await Self.explained("IndexLate", says: "it waits for the end of the rollout", stack))
                #expect(await Self.explained("ExportLate", says: "which holds it back", stack))
                #expect(await Self.explained("ArchiveLate", says: "keeps it quiet", stack))
                #expect(await Self.explained("TapeLate", says: "it is called when nobody acknowledges in time", stack))
                let known = try await stack.tidegate("alerts", "acknowledge", "dev", "TapeLate", "--reason", "on it")
                #expect(known.exit == 0, "\(known)")
                #expect(await Self.explained("TapeLate", says: "it is acknowledged, so nobody else is called", stack))
                // The escalation comes by itself, and what waited for the rollout when that has ended.
                let isTold = await eventually(within: .seconds(120)) {
                    let told = (try? await Self.told(stack, http)) ?? []
                    return told.contains("lead BackupLate firing") && told.contains("stand-in IndexLate firing")
                }
                let told = try await Self.told(stack, http)
                #expect(isTold, "\(told)")
                #expect(
                    Set(told) == [
                        "stand-in BackupLate firing", "lead BackupLate firing", "stand-in TapeLate firing",
                        "stand-in IndexLate firing",
                    ])
                #expect(Set(told).count == told.count, "each is told once: \(told)")
            }
        }
    }
}
