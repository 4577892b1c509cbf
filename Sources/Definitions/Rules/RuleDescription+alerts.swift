extension RuleDescription {
    /// Who hears of what goes wrong, and by which rules.
    static let alerts: [RuleDescription] = [
        .init(
            "alerts.unknown-receiver", "Routes lead to receivers that are defined.", "Nobody would hear of it.",
            wrong: .environment(routed("  route: { receiver: opertions }")),
            right: .environment(routed("  route: { receiver: operations }"))),
        .init(
            "alerts.root-route", "The first route has a receiver and takes everything.",
            "An alert that no route takes goes to nobody.",
            wrong: .environment(routed("  route: { receiver: operations, match: [severity=critical] }")),
            right: .environment(
                routed("  route: { receiver: operations, routes: [{ match: [severity=critical], group-wait: 0s }] }"))),
        .init(
            "alerts.unused-receiver", "Every receiver hears of something.",
            "Somebody relies on it, and is never told.",
            wrong: .environment(
                routed("    pager: { pagerduty: { key: PAGER_KEY } }\n  route: { receiver: operations }")
                    + "\nsecrets: { PAGER_KEY: { from: generated, bytes: 32 } }"),
            right: .environment(
                routed(
                    "    pager: { pagerduty: { key: PAGER_KEY } }\n"
                        + "  route: { receiver: operations, routes: [{ match: [severity=critical], receiver: pager }] }"
                )
                    + "\nsecrets: { PAGER_KEY: { from: generated, bytes: 32 } }"), severity: .warning),
        .init(
            "alerts.repeat", "What goes on is repeated no sooner than what is new is told.",
            "The same message would come again and again.",
            wrong: .environment(
                routed("  route: { receiver: operations, group-interval: 5m, repeat-interval: 1m }")),
            right: .environment(
                routed("  route: { receiver: operations, group-interval: 5m, repeat-interval: 4h }")),
            severity: .warning),
        .init(
            "alerts.unknown-secret", "The URL or key of a receiver is a secret that is defined.",
            "It is written by its name, and the name leads nowhere.",
            wrong: .environment("alerts:\n  receivers:\n    chat: { slack: { secret: CHAT_HOOK } }"),
            right: .environment(
                "alerts:\n  receivers:\n    chat: { slack: { secret: CHAT_HOOK } }\n"
                    + "secrets: { CHAT_HOOK: { from: generated, bytes: 32 } }")),
        .init(
            "alerts.missing-file", "A file of rules that is named is there.", "Nobody would look at what it says.",
            wrong: .environment("alerts: { rules: [alerts/queue.yaml] }"),
            right: .environment("alerts: { rules: [alerts/queue.yaml] }").and(file(queue("worker"))),
            stage: .wholeProject),
        .init(
            "alerts.service", "A rule measures services that the environment has.", "It would never see anything.",
            wrong: .environment("alerts: { rules: [alerts/queue.yaml] }").and(file(queue("wroker"))),
            right: .environment("alerts: { rules: [alerts/queue.yaml] }").and(file(queue("worker"))),
            stage: .wholeProject),
        .init(
            "alerts.twice", "A rule is written once.", "Nobody could say which of the two holds.",
            wrong: .environment("alerts: { rules: [alerts/queue.yaml] }").and(
                file(queue("worker") + queue("worker").dropFirst("alerts: 1\nrules:\n".count))),
            right: .environment("alerts: { rules: [alerts/queue.yaml] }").and(file(queue("worker"))),
            stage: .wholeProject),
        .init(
            "alerts.prometheus", "A rule's query has a Prometheus that answers it.", "Nobody could be asked.",
            wrong: .environment("alerts: { rules: [alerts/queue.yaml] }").and(
                file(queue("worker", "query: 'max(depth)'"))),
            right: .environment(
                "alerts: { rules: [alerts/queue.yaml] }\nprometheus: { url: \"http://127.0.0.1:9090\" }"
            ).and(file(queue("worker", "query: 'max(depth)'"))), stage: .wholeProject),
        .init(
            "alerts.limit", "A rule's limit is a number.", "There is no old bundle beside what runs to compare with.",
            wrong: .environment("alerts: { rules: [alerts/queue.yaml] }").and(
                file(queue("worker", "platform: memory", limit: "1.5x stable"))),
            right: .environment("alerts: { rules: [alerts/queue.yaml] }").and(file(queue("worker"))),
            stage: .wholeProject),
    ]

    private static func routed(_ more: String) -> String {
        "alerts:\n  receivers:\n    operations: { webhook: { url: \"https://alerts.tidegate.dev/hook\" } }\n\(more)"
    }

    private static func file(_ text: some StringProtocol) -> RuleExample { .file("alerts/queue.yaml", String(text)) }

    private static func queue(_ service: String, _ source: String = "platform: memory", limit: String = "512") -> String
    {
        """
        alerts: 1
        rules:
          - alert: WorkerLarge
            service: \(service)
            \(source)
            above: \(limit)
            summary: "It has ${value} MiB in use."
            action: tidegate status ${environment}
            runbook: runbooks/service-down.md

        """
    }
}
