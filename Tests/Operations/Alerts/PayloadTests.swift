import Definitions
import Foundation
import Rollouts
import Testing

@testable import Operations

private let start = alertStart

private func notification(_ count: Int = 1, isFiring: Bool = true, summary: String = "It is down.") -> AlertNotification
{
    let alerts = (0..<count).map { index in
        var alert = Alert(
            rule: "ServiceDown/critical",
            labels: ["alertname": "ServiceDown", "environment": "dev", "severity": "critical", "service": "s\(index)"],
            annotations: [
                "summary": summary, "action": "tidegate logs dev", "runbook": "runbooks/service-down.md",
                "release": "v2",
                "cost": "1 of 25 USD spent today", "changed": "rollout r-1 from v1 to v2",
            ], activeSince: start, firedAt: start)
        if !isFiring {
            alert.state = .resolved
            alert.endedAt = start + .seconds(90)
        }
        return alert
    }
    return AlertNotification(
        id: "dev/x#1", environment: "dev", receiver: "us", groupKey: "{}:{alertname=\"ServiceDown\"}",
        groupLabels: ["alertname": "ServiceDown"], route: "everything", reason: isFiring ? .first : .allResolved,
        isFiring: isFiring, alerts: alerts, truncated: 0, at: start + .seconds(100), repeatEvery: .seconds(14_400))
}

private func object(_ value: some Encodable) throws -> [String: Any] {
    let data = try JSONEncoder().encode(value)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
}

@Suite(.timeLimit(.minutes(1))) struct `A notification's payload` {
    /// `notify/webhook/webhook.go` and `template/template.go` of Alertmanager: the names, and what `Data` has.
    @Test func `is Alertmanager's webhook, version 4`() throws {
        let payload = try object(WebhookPayload(notification(2), base: "http://here"))
        #expect(
            Set(payload.keys) == [
                "version", "groupKey", "truncatedAlerts", "status", "receiver", "notification_reason", "groupLabels",
                "commonLabels", "commonAnnotations", "externalURL", "alerts",
            ])
        #expect(payload["version"] as? String == "4" && payload["status"] as? String == "firing")
        #expect(payload["notification_reason"] as? String == "first notification")
        #expect(
            (payload["commonLabels"] as? [String: String])?.keys.sorted() == ["alertname", "environment", "severity"])
        let alerts = try #require(payload["alerts"] as? [[String: Any]])
        #expect(
            Set(alerts[0].keys) == [
                "status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint",
            ])
        #expect(alerts[0]["endsAt"] as? String == "0001-01-01T00:00:00Z")
        let ended = try object(WebhookPayload(notification(isFiring: false), base: "http://here"))
        #expect(ended["status"] as? String == "resolved")
        #expect((ended["alerts"] as? [[String: Any]])?[0]["endsAt"] as? String == (start + .seconds(90)).rfc3339)
    }

    /// PagerDuty's OpenAPI document of the Events API, version 2.
    @Test func `is an event of PagerDuty's within its limits`() throws {
        for isFiring in [true, false] {
            let event = try object(
                PagerDutyEvent(
                    notification(50, isFiring: isFiring, summary: String(repeating: "x", count: 3_000)),
                    routingKey: "k", base: "http://here"))
            // What the document does not know is refused.
            let known: Set = [
                "routing_key", "event_action", "dedup_key", "payload", "client", "client_url", "links", "images",
            ]
            #expect(known.isSuperset(of: event.keys) && event["routing_key"] as? String == "k")
            for link in try #require(event["links"] as? [[String: String]]) {
                #expect(Set(link.keys) == ["href", "text"] && URL(string: link["href"] ?? "")?.scheme == "http")
            }
            #expect(event["event_action"] as? String == (isFiring ? "trigger" : "resolve"))
            #expect((event["dedup_key"] as? String)?.count == 64)
            let payload = try #require(event["payload"] as? [String: Any])
            let fields: Set = [
                "summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details",
            ]
            #expect(fields.isSuperset(of: payload.keys))
            #expect((payload["timestamp"] as? String).flatMap { Timestamp(rfc3339: $0) } == start)
            #expect((payload["summary"] as? String).map { (1...1_024).contains($0.unicodeScalars.count) } == true)
            #expect(["critical", "error", "warning", "info"].contains(payload["severity"] as? String ?? ""))
            #expect(payload["source"] as? String == "tidegate/dev" && payload["custom_details"] is [String: String])
            #expect(try JSONSerialization.data(withJSONObject: event).count < 512_000)
        }
        let keys = [true, false].map { PagerDutyEvent(notification(isFiring: $0), routingKey: "k", base: "").dedupKey }
        #expect(keys[0] == keys[1], "an end is of the incident that its beginning opened")
    }

    /// `api.slack.com/reference/block-kit/blocks`.
    @Test func `is a message of Slack's within its limits, in which nothing means anything`() throws {
        let payload = SlackPayload(
            notification(100, summary: "<!channel> & " + String(repeating: "x", count: 4_000)), base: "http://here")
        #expect(payload.blocks.count <= 50 && !payload.text.isEmpty)
        for block in payload.blocks {
            let texts = [block.text].compactMap(\.self) + (block.elements ?? [])
            #expect(!texts.isEmpty && ["header", "section", "context"].contains(block.type) && texts.count <= 10)
            #expect((block.type == "context") == (block.text == nil), "a context has elements, the others a text")
            for text in texts {
                #expect(!text.text.isEmpty && text.type == (block.type == "header" ? "plain_text" : "mrkdwn"))
                #expect(text.text.unicodeScalars.count <= (block.type == "header" ? 150 : 3_000))
                if text.type == "mrkdwn" { #expect(!text.text.contains("<!channel>")) }
            }
        }
    }

    @Test func `is a mail whose lines are short and whose subject cannot end its line`() throws {
        var told = notification(summary: "Größe\r\nBcc: a@b")
        told.environment = "dev\r\nBcc: x@y"
        let mail = AlertMail(server: "smtp://a", from: "t@example.com", to: ["a@example.com", "b@example.com"])
        let text = String(decoding: MailMessage(notification: told, mail: mail, base: "").bytes, as: UTF8.self)
        let lines = text.components(separatedBy: "\r\n")
        #expect(lines.allSatisfy { $0.utf8.count <= 998 && $0.utf8.allSatisfy { $0 < 0x80 } })
        #expect(!lines.contains { $0.hasPrefix("Bcc:") })
        #expect(lines.contains("Date: Tue, 14 Nov 2023 22:15:00 +0000"))
    }

    @Test func `says what, since when, the release, what changed, what it costs and what to do`() {
        let text = NotificationText(notification: notification(), base: "http://here")
        #expect(text.title == "[FIRING] ServiceDown in dev (s0)")
        for part in [
            "It is down.", "since 2023-11-14T22:13:20.000Z", "release: v2", "what changed: rollout r-1 from v1 to v2",
            "cost: 1 of 25 USD spent today", "first: tidegate logs dev", "runbook: runbooks/service-down.md",
        ] { #expect(text.body.contains(part), "\(part)") }
    }

    @Test func `tells Alertmanager until when to believe it, from when it is sent`() {
        let told = notification()
        for late in [0, 40_000] {
            let sent = told.at + .seconds(late)
            let alerts = AlertmanagerAlert.list(told, base: "http://here", now: sent)
            #expect(alerts[0].endsAt == (sent + .seconds(28_800)).rfc3339)
        }
        let over = AlertmanagerAlert.list(notification(isFiring: false), base: "", now: told.at + .seconds(40_000))
        #expect(over[0].endsAt == (start + .seconds(90)).rfc3339)
    }
}
