import Contract
import Definitions
import Rollouts

/// What a rollout of the running release would change: the bundle as it is defined now against the one that runs. Pure.
/// Two bundles without a difference run the same: everything that a bundle's digest covers is compared.
package struct BundleComparison: Sendable {
    package var running: Bundle
    package var defined: Bundle

    package init(running: Bundle, defined: Bundle) {
        self.running = running
        self.defined = defined
    }

    package var findings: [DriftFinding] {
        let names = running.services.map(\.name) + defined.services.map(\.name).filter { running.service($0) == nil }
        return names.flatMap { service($0) } + environment
    }

    // MARK: Services

    private func service(_ name: String) -> [DriftFinding] {
        switch (running.service(name), defined.service(name)) {
        case (let before?, let after?): return differences(before, after)
        case (nil, _?):
            return [
                DriftFinding(
                    .down, service: name, .service, name: name, change: .added, effect: .rollout,
                    message: "is defined, and was never rolled out")
            ]
        case (_?, nil):
            return [
                DriftFinding(
                    .unasked, service: name, .service, name: name, change: .removed, effect: .rollout,
                    message: "runs, and is not defined any more")
            ]
        case (nil, nil): return []
        }
    }

    private func differences(_ before: BundleService, _ after: BundleService) -> [DriftFinding] {
        let values = values(before, after)
        var rest: [DriftFinding?] = [
            stale(
                before.name, .artifact, "artifact", before.artifact.digest.short, after.artifact.digest.short, .restart),
            stale(before.name, .replicas, "replicas", "\(before.replicas)", "\(after.replicas)", .rollout),
            stale(before.name, .replicas, "surge", count(before.surge), count(after.surge), .nextRollout),
            stale(
                before.name, .replicas, "unavailable", count(before.unavailable), count(after.unavailable), .nextRollout
            ),
            stale(before.name, .port, "port", before.port.map { "\($0)" }, after.port.map { "\($0)" }, .rollout),
            stale(
                before.name, .health, "health.every", before.health.every.written, after.health.every.written, .rollout),
            stale(
                before.name, .health, "health.start", before.health.start?.written, after.health.start?.written,
                .rollout),
            stale(
                before.name, .health, "health.timeout", before.health.timeout.written, after.health.timeout.written,
                .rollout),
            stale(
                before.name, .strategy, "strategy", before.strategy.line, after.strategy.line, .nextRollout),
        ]
        // The same files with another contract, or another command: no other difference would say so.
        if before.artifact.digest == after.artifact.digest, before.artifact != after.artifact {
            rest.append(
                DriftFinding(
                    .stale, service: before.name, .artifact, name: "contract", effect: .restart,
                    message: "runs under another contract than its release's"))
        }
        if values.isEmpty, before.configDigest != after.configDigest {
            rest.append(
                DriftFinding(
                    .stale, service: before.name, .artifact, name: "config_digest", effect: .restart,
                    message: "runs another configuration than is defined"))
        }
        return values + rest.compactMap(\.self)
    }

    private func count(_ number: Int?) -> String? { number.map { "\($0)" } }

    private func values(_ before: BundleService, _ after: BundleService) -> [DriftFinding] {
        let names = [before.variables, before.secrets, after.variables, after.secrets].flatMap(\.keys)
        return Set(names).sorted().compactMap { value($0, before, after) }
    }

    private func value(_ name: String, _ before: BundleService, _ after: BundleService) -> DriftFinding? {
        let isSecret = before.secrets[name] != nil || after.secrets[name] != nil
        guard isSecret else {
            let reads = after.artifact.contract.variables.first { $0.name == name }
            return stale(before.name, .variable, name, before.variables[name], after.variables[name], .restart)
                .map { finding in
                    guard reads?.needsRestart == false else { return finding }
                    var finding = finding
                    finding.effect = .rollout
                    return finding
                }
        }
        let wasPlain = before.variables[name] != nil
        let isPlain = after.variables[name] != nil
        guard before.secrets[name] != after.secrets[name] || wasPlain != isPlain else { return nil }
        let had = before.secrets[name] != nil || wasPlain
        let has = after.secrets[name] != nil || isPlain
        let change: DriftFinding.Change = !had ? .added : !has ? .removed : .changed
        return DriftFinding(
            .stale, service: before.name, .secret, name: name, change: change, effect: .restart,
            message: change == .added
                ? "runs without this secret"
                : change == .removed ? "runs with this secret, which is defined no more" : "runs another value")
    }

    private func stale(
        _ service: String?, _ subject: DriftFinding.Subject, _ name: String, _ before: String?, _ after: String?,
        _ effect: DriftFinding.Effect
    ) -> DriftFinding? {
        guard before != after else { return nil }
        let change: DriftFinding.Change = before == nil ? .added : after == nil ? .removed : .changed
        let message =
            switch change {
            case .added: "runs without it, defined is \(after ?? "")"
            case .removed: "runs \(before ?? ""), defined is nothing"
            case .changed: "runs \(before ?? ""), defined is \(after ?? "")"
            }
        return DriftFinding(
            .stale, service: service, subject, name: name, change: change, before: before, after: after,
            effect: effect, message: message)
    }

    // MARK: The environment as a whole

    private var environment: [DriftFinding] {
        var found = router + thresholds + smoke
        let window = stale(
            nil, .rollbackWindow, "rollback-window", running.rollbackWindow.written, defined.rollbackWindow.written,
            .rollout)
        let migrates = stale(nil, .migrations, "migrations.service", running.migrates, defined.migrates, .nextRollout)
        let accepted = stale(
            nil, .migrations, "migrations.accept", running.acceptedMigrations.map(Self.names),
            defined.acceptedMigrations.map(Self.names), .nextRollout)
        let hooks = stale(
            nil, .strategy, "hooks", running.hooks.map(Self.line), defined.hooks.map(Self.line), .nextRollout)
        found += [window, migrates, accepted, order, hooks].compactMap(\.self)
        return found
    }

    private static func names(_ accepted: [String: String]) -> String { accepted.keys.sorted().joined(separator: ", ") }
    private static func line(_ hooks: [HookDefinition]) -> String { hooks.map(\.line).joined(separator: ", ") }

    private var router: [DriftFinding] {
        let (before, after) = (running.entrance ?? Entrance(), defined.entrance ?? Entrance())
        return [
            stale(nil, .router, "router.bind", before.bind, after.bind, .rollout),
            stale(nil, .router, "router.tls.certificate", before.certificate, after.certificate, .rollout),
            stale(
                nil, .router, "router.tls.names", before.names.joined(separator: ", "),
                after.names.joined(separator: ", "), .rollout),
            stale(nil, .router, "router.testers", before.testers?.line, after.testers?.line, .rollout),
        ].compactMap(\.self)
    }

    private var order: DriftFinding? {
        let both = Set(running.services.map(\.name)).intersection(defined.services.map(\.name))
        let (before, after) = (running, defined)
        return stale(
            nil, .order, "after", before.services.map(\.name).filter(both.contains).joined(separator: ", "),
            after.services.map(\.name).filter(both.contains).joined(separator: ", "), .nextRollout)
    }

    private var thresholds: [DriftFinding] {
        let (before, after) = (running.thresholds.rows, defined.thresholds.rows)
        let more = after.filter { row in !before.contains { $0.key == row.key } }
        return (before + more).map(\.key).compactMap { key in
            stale(
                nil, .thresholds, key, before.first { $0.key == key }?.value, after.first { $0.key == key }?.value,
                .rollout)
        }
    }

    private var smoke: [DriftFinding] {
        let paths = running.smoke.map(\.path) + defined.smoke.map(\.path)
        var found: [DriftFinding] = Set(paths).sorted().compactMap { path in
            let before = running.smoke.first { $0.path == path }?.text
            let after = defined.smoke.first { $0.path == path }?.text
            guard before != after else { return nil }
            let change: DriftFinding.Change = before == nil ? .added : after == nil ? .removed : .changed
            return DriftFinding(
                .stale, service: nil, .smoke, name: path, change: change, effect: .rollout,
                message: change == .added
                    ? "is not among the suites that prove what runs"
                    : change == .removed ? "proves what runs, and is not defined any more" : "was changed since")
        }
        if found.isEmpty, running.smoke != defined.smoke {
            found.append(
                DriftFinding(
                    .stale, service: nil, .smoke, name: "smoke", effect: .nextRollout,
                    message: "the suites run in another order"))
        }
        return found
    }
}

extension Thresholds {
    /// The keys below `thresholds:` and their values as a file writes them.
    var rows: [(key: String, value: String)] {
        [
            ("thresholds.health.failures.more-than", "\(healthFailures)"),
            ("thresholds.error-rate.above", "\(errorRate)"),
            ("thresholds.error-rate.for", errorRateFor.written),
            ("thresholds.latency.quantile", "\(latencyQuantile)"),
            ("thresholds.latency.above", "\(latencyFactor)x baseline"),
            ("thresholds.latency.for", latencyFor.written),
            ("thresholds.latency.at-least", latencyAtLeast.written),
            ("thresholds.minimum-requests", "\(minimumRequests)"),
        ] + evidenceParts + metricParts
    }

    private var metricParts: [(key: String, value: String)] {
        (prometheus.map { [("prometheus.url", $0)] } ?? [])
            + (prometheusAccess.map {
                [("prometheus.access", $0.written + ($0.digest.map { ", \($0.prefix(8))" } ?? ""))]
            } ?? [])
            + (metrics ?? []).map { metric in
                (
                    "thresholds.metrics.\(metric.name)",
                    "\(metric.service): \(metric.limit.side.rawValue) \(metric.limit.written) for "
                        + "\(metric.lasting.written), \(metric.samples) samples, \(metric.origin)"
                )
            }
    }
}

extension Thresholds {
    /// What was recorded before there was a choice is compared as if it had been the usual one.
    fileprivate var evidenceParts: [(key: String, value: String)] {
        let evidence = evidence ?? EvidenceDefinition()
        return [
            ("thresholds.evidence.false-alarms", "\(evidence.falseAlarms * 100)%"),
            ("thresholds.evidence.tolerate.errors", "\(evidence.toleratedErrors * 100)%"),
            ("thresholds.evidence.tolerate.latency", "\(evidence.toleratedLatency * 100)%"),
            ("thresholds.evidence.tolerate.cost", "\((evidence.toleratedCost ?? EvidenceDefinition.usualCost) * 100)%"),
            ("thresholds.evidence.warm-up", evidence.warmUp.written),
            ("thresholds.evidence.clients", "\(evidence.countsClients)"),
        ]
    }
}

extension TesterDefinition {
    fileprivate var line: String { "\(carrier.rawValue) \(name)" }
}

extension Strategy {
    var line: String { steps.map(\.whole).joined(separator: ", ") }
}

extension StrategyStep {
    /// The whole step: `line` leaves out what people need not read.
    fileprivate var whole: String {
        guard case .bake(let duration, let evidence) = self else { return line }
        return
            "bake \(duration.written), \(evidence.minimumRequests) requests, otherwise \(evidence.otherwise.rawValue)"
            + (evidence.early == true ? ", early" : "")
            + (evidence.kayenta.map { ", Kayenta \($0.written)" } ?? "")
    }
}

extension Duration {
    /// As a definition writes it: `500ms`, `30s`, `5m`, `1h`.
    package var written: String {
        let milliseconds = microseconds / 1_000
        guard microseconds % 1_000 == 0 else { return "\(microseconds)us" }
        for (unit, name) in [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")] as [(Int64, String)]
        where milliseconds != 0 && milliseconds % unit == 0 {
            return "\(milliseconds / unit)\(name)"
        }
        return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
    }
}
