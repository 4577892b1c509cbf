import Contract
import Definitions
import Operations
import Rollouts

extension LiveControl {
    package func drift(_ environment: String, _ body: DriftBody?) async throws -> DriftReportDocument {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            let report = try await parts.drift.report(environment, given: body.map { $0.secrets?.values ?? [:] })
            return DriftReportDocument(report, now: now)
        }
    }

    /// Stops what nobody asked for; then rolls the release that runs out again with what is defined, if anything that runs
    /// is stale, and otherwise starts again what is down.
    package func fixDrift(
        _ environment: String, _ body: DriftBody, by caller: Caller
    ) async throws -> DriftFixDocument {
        // A definition that cannot be used is refused with its findings.
        _ = try parts.environments.environment(environment)
        return try await Explanations.explaining {
            let given = body.secrets?.values ?? [:]
            let report = try await parts.drift.report(environment, given: given)
            if case .rolling = report.state {
                throw Refusal(
                    "locked", "A rollout is under way in \(environment): wait for its end, or abort it.",
                    exit: .lockHeld)
            }
            guard let running = try await parts.engine.state(environment: environment).current else {
                throw Refusal(
                    "nothing_runs", "Nothing runs in \(environment) yet: tidegate rollout \(environment) --release …",
                    exit: .refused)
            }
            var fix = DriftFixDocument()
            try await stop(report.items.map(\.finding), running, &fix)
            if report.items.contains(where: { $0.finding.effect == .restart || $0.finding.effect == .rollout }) {
                try parts.checkRoom()
                fix.rollout = try await parts.engine.start(
                    RolloutRequest(
                        environment: environment, release: running.release, actor: caller.name,
                        reason: body.reason ?? "drift: \(report.verdict)"), callerSecrets: given)
            } else {
                await startAgain(report.items.map(\.finding), running, &fix)
            }
            return fix
        }
    }

    private func stop(_ findings: [DriftFinding], _ running: Bundle, _ fix: inout DriftFixDocument) async throws {
        let strays = Set(findings.filter { $0.kind == .unasked && $0.instance != nil }.compactMap(\.instance))
        let instances = try await parts.platform.instances(environment: running.environment)
        for instance in instances where strays.contains(instance.id) {
            try await parts.platform.stop(
                environment: running.environment, service: instance.service, bundle: instance.bundle)
            fix.done.append("stopped \(instance.id)")
        }
        for finding in findings where finding.kind == .unasked && finding.subject == .port {
            guard let service = finding.service else { continue }
            try await parts.removeFrontend(running.environment, service)
            fix.done.append("the router listens for \(service) no more")
        }
        for finding in findings where finding.kind == .unasked && finding.name == "instances" {
            await ensure(finding.service ?? "", running, &fix)
        }
    }

    /// Starts the instances again that are not ready, and waits until all of their service are.
    private func startAgain(_ findings: [DriftFinding], _ running: Bundle, _ fix: inout DriftFixDocument) async {
        for finding in findings where finding.kind == .down && finding.effect == .repair {
            let service = finding.service ?? ""
            do {
                let instances = try await parts.platform.instances(environment: running.environment)
                for instance in instances
                where instance.service == service && instance.bundle == running.digest && !instance.ready {
                    try await parts.platform.restart(environment: running.environment, instance: instance.id)
                    fix.done.append("started \(instance.id) again")
                }
            } catch {
                fix.failures.append("\(error)")
                continue
            }
            await ensure(service, running, &fix)
        }
    }

    private func ensure(_ name: String, _ running: Bundle, _ fix: inout DriftFixDocument) async {
        guard let service = running.service(name) else { return }
        do {
            let limit = service.health.start ?? .seconds(service.artifact.contract.startBudgetSeconds)
            let instances = try await parts.platform.ensure(
                running, service: name, count: service.replicas, deadline: limit)
            fix.done.append("\(name): \(EventText.count(instances.count, "instance")) ready")
        } catch {
            fix.failures.append("\(error)")
        }
    }
}
