import Contract

/// Thresholds over series of one's own: something feeds each of them, and both bundles can be told apart.
struct MetricRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        checkAccess()
        let services = draft.environment.services.map(\.name)
        for metric in draft.environment.metrics {
            checkName(metric)
            guard services.contains(metric.value.service) else {
                report(
                    "metrics.service", metric, "service",
                    "the threshold `\(metric.name)` is of `\(metric.value.service)`, which is no service here.",
                    fix: Suggestion.nearest(to: metric.value.service, among: services).map { "Write `\($0)`." }
                        ?? "Name one of \(services.joined(separator: ", ")).")
                continue
            }
            switch metric.value.source {
            case .query(let query): check(query, of: metric)
            case .sample: checkPath(metric)
            case .platform: break
            }
        }
    }

    /// Verdicts are told apart by their signal's name.
    private func checkName(_ metric: Placed<MetricThreshold>) {
        guard Self.taken.contains(metric.name) else { return }
        collector.report(
            "metrics.name", at: metric.place, name: metric.name,
            "the threshold `\(metric.name)` has the name of a signal that every service has.",
            fix: "Name it otherwise, such as `own-\(metric.name)`.")
    }

    private static let taken: Set<String> = [
        "health", "readiness", "error-rate", "error_rate", "latency", "cost", "smoke", "telemetry", "evidence",
        "kayenta",
    ]

    /// What a Prometheus asks for is a secret of the whole environment.
    private func checkAccess() {
        guard let access = draft.environment.prometheusAccess else { return }
        let known = draft.environment.secrets.map(\.name)
        guard !known.contains(access.secret) else { return }
        collector.report(
            "metrics.access", at: draft.place("prometheus", access.user == nil ? "token" : "password"),
            name: access.secret, "what Prometheus asks for is in `\(access.secret)`, which is not under `secrets`.",
            fix: Suggestion.nearest(to: access.secret, among: known).map { "Write `\($0)`." }
                ?? "Name its source under `secrets:`.")
    }

    private func check(_ query: String, of metric: Placed<MetricThreshold>) {
        if draft.environment.prometheus == nil {
            report(
                "metrics.prometheus", metric, "query",
                "the threshold `\(metric.name)` is a query, and nothing says which Prometheus answers it.",
                fix: "Write `prometheus: { url: \"http://…:9090\" }`.")
        }
        let used = QueryPlaceholder.names(in: query).compactMap(QueryPlaceholder.init(rawValue:))
        guard !used.contains(where: \.tellsBundlesApart) else { return }
        report(
            "metrics.bundles", metric, "query",
            "the query of `\(metric.name)` is the same for both bundles, so it cannot say whose doing a breach is.",
            fix: "Narrow it by `${release}`, `${bundle}` or `${instances}`.")
    }

    private func checkPath(_ metric: Placed<MetricThreshold>) {
        guard let contract = draft.contracts[metric.value.service], contract.paths.metrics == nil else { return }
        report(
            "metrics.no-path", metric, "sample",
            "the threshold `\(metric.name)` reads OpenMetrics of `\(metric.value.service)`, whose contract names no path for "
                + "them.", fix: "Let its contract say `\"metrics\": \"/metrics\"` under `paths`.")
    }

    private func report(
        _ rule: String, _ metric: Placed<MetricThreshold>, _ key: String, _ message: String, fix: String
    ) {
        collector.report(
            rule, at: draft.place("thresholds", "metrics", metric.name, key), name: metric.name, message, fix: fix)
    }
}

extension RuleDescription {
    /// Thresholds over series of one's own.
    static let metrics: [RuleDescription] = [
        .init(
            "metrics.service", "A threshold is of a service that runs here.", "Nothing would ever be measured.",
            wrong: .environment(
                "thresholds:\n  metrics:\n    depth: { service: wroker, platform: memory, above: 512 }"),
            right: .environment(
                "thresholds:\n  metrics:\n    depth: { service: worker, platform: memory, above: 512 }"),
            mustHold: true),
        .init(
            "metrics.name", "A threshold has a name of its own.", "Its verdicts could not be told from the signal's.",
            wrong: .environment(
                "thresholds:\n  metrics:\n    latency: { service: worker, platform: memory, above: 512 }"),
            right: .environment(
                "thresholds:\n  metrics:\n    memory: { service: worker, platform: memory, above: 512 }"),
            mustHold: true),
        .init(
            "metrics.prometheus", "A query has a Prometheus that answers it.", "Nobody could be asked.",
            wrong: .environment(
                "thresholds:\n  metrics:\n    depth: { service: worker, query: 'depth{v=\"${release}\"}', above: 5 }"),
            right: .environment(
                "prometheus: { url: \"http://127.0.0.1:9090\" }\nthresholds:\n  metrics:\n"
                    + "    depth: { service: worker, query: 'depth{v=\"${release}\"}', above: 5 }"), mustHold: true),
        .init(
            "metrics.access", "The token or password of a Prometheus is a secret that is defined.",
            "It is written by its name, as every secret is, and the name leads nowhere.",
            wrong: .environment("prometheus: { url: \"http://127.0.0.1:9090\", token: METRICS_TOKE }"),
            right: .environment(
                "prometheus: { url: \"http://127.0.0.1:9090\", token: METRICS_TOKEN }\n"
                    + "secrets: { METRICS_TOKEN: { from: generated, bytes: 32 } }"), mustHold: true),
        .init(
            "metrics.bundles", "A query tells the new bundle from the old one.",
            "What is wrong with both would look like the new one's doing.",
            wrong: .environment(
                "prometheus: { url: \"http://127.0.0.1:9090\" }\nthresholds:\n  metrics:\n"
                    + "    depth: { service: worker, query: 'max(depth)', above: 5 }"),
            right: .environment(
                "prometheus: { url: \"http://127.0.0.1:9090\" }\nthresholds:\n  metrics:\n"
                    + "    depth: { service: worker, query: 'max(depth{v=\"${release}\"})', above: 5 }"), mustHold: true
        ),
        .init(
            "metrics.no-path", "OpenMetrics are read of services whose contract has a path for them.",
            "There would be nowhere to ask.",
            wrong: .environment(
                "thresholds:\n  metrics:\n    depth: { service: worker, sample: depth, above: 5 }"),
            right: RuleExample.contract("worker", #"{ "paths": { "metrics": "/metrics" } }"#).and(
                .environment("thresholds:\n  metrics:\n    depth: { service: worker, sample: depth, above: 5 }")),
            mustHold: true),
        .init(
            "metrics.unknown", "A threshold's series is there before a rollout begins.",
            "A name that was misspelt would watch nothing, and nothing would be held against the release.",
            wrong: .words("a `sample` that no running instance exposes, or a `query` without a series of what runs"),
            right: .words("a `sample` or `query` that gives a number for what runs"), stage: .preflight, mustHold: true),
        .init(
            "metrics.query", "Prometheus can read a threshold's query.", "It would never give a number.",
            wrong: .words("`sum(rate(x[1m])`, without the last parenthesis"),
            right: .words("`sum(rate(x{release=\"${release}\"}[1m]))`"), stage: .preflight, mustHold: true),
    ]
}
