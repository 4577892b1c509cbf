import Definitions
import Operations
import Rollouts

/// Puts an environment's status together from what its parts say. A part that does not answer is named as unknown.
struct StatusReport: Sendable {
    let parts: LiveControl.Parts
    let name: String
    let known: KnownEnvironment
    let now: Timestamp

    func document() async throws -> StatusDocument {
        var unknown: [String] = []
        let state = try await parts.engine.state(environment: name)
        let running = try await rollout(state.rollout)
        let last = try await rollout(state.last)
        let instances = await instances(unknown: &unknown)
        let services = await services(state, running, instances, unknown: &unknown)
        let alerts = try await parts.alerts.firing(environment: name).map(AlertDocument.init)
        let spend = await spend(state, unknown: &unknown)
        return StatusDocument(
            environment: name, kind: known.definition?.kind.rawValue ?? "unknown", release: state.current?.release,
            bundle: state.current?.digest.text, previous: state.previous?.release,
            state: condition(state, last, services, unknown: unknown), services: services,
            rollout: running.map { RolloutDocument($0, now: now) },
            drift: Drift(state: state, running: running, instances: instances).found, alerts: alerts, spend: spend,
            verdicts: (running ?? last).map(VerdictDocument.all(of:)) ?? [], unknown: unknown + broken)
    }

    /// What runs is not worse for a definition that somebody is writing, but whoever looks should know.
    private var broken: [String] {
        known.invalid.map { refusal in
            let first = refusal.findings.first.map { finding in
                " \(finding.place.file):\(finding.place.line):\(finding.place.column): \(finding.message)"
            }
            return ["What is defined now: \(refusal.message)\(first ?? "")"]
        } ?? []
    }

    private func rollout(_ id: String?) async throws -> Rollout? {
        guard let id else { return nil }
        return try await parts.engine.rollout(id)
    }

    private func instances(unknown: inout [String]) async -> [Instance] {
        do {
            return try await parts.platform.instances(environment: name)
        } catch {
            unknown.append("The platform cannot be asked: \(error)")
            return []
        }
    }

    private func spend(_ state: EnvironmentState, unknown: inout [String]) async -> SpendDocument? {
        guard let environment = known.definition else { return nil }
        do {
            return try await parts.spend.spend(environment, bundle: state.current, now: now)
        } catch {
            unknown.append("The spend cannot be read: \(error)")
            return nil
        }
    }

    private func condition(
        _ state: EnvironmentState, _ last: Rollout?, _ services: [ServiceStatus], unknown: [String]
    ) -> StatusDocument.State {
        if state.rollout != nil { return .rolling }
        if state.current == nil { return .empty }
        if !unknown.isEmpty || services.contains(where: { $0.ready < $0.desired }) { return .degraded }
        return last?.outcome == .rolledBack ? .rolledBack : .steady
    }

    private func services(
        _ state: EnvironmentState, _ running: Rollout?, _ instances: [Instance], unknown: inout [String]
    ) async -> [ServiceStatus] {
        var names = known.definition?.services.map(\.name) ?? []
        for name in (state.current?.services.map(\.name) ?? []) + instances.map(\.service)
        where !names.contains(name) { names.append(name) }
        var statuses: [ServiceStatus] = []
        for name in names {
            let of = instances.filter { $0.service == name }
            let weights = of.isEmpty ? [:] : await weights(name, unknown: &unknown)
            statuses.append(service(name, state, running, of, weights))
        }
        return statuses
    }

    private func service(
        _ name: String, _ state: EnvironmentState, _ running: Rollout?, _ instances: [Instance],
        _ weights: [Digest: Int]
    ) -> ServiceStatus {
        let current = state.current?.service(name)
        let counted = instances.filter { $0.bundle == (state.current?.digest ?? running?.toBundle) }
        let port = current?.port ?? known.definition?.services.first { $0.name == name }?.port
        let desired = current?.replicas ?? running?.course?.leg(name)?.replicas ?? 0
        return ServiceStatus(
            name: name, desired: desired, ready: counted.filter(\.ready).count,
            url: port.map { "http://\(parts.host):\($0)" },
            instances: instances.sorted { ($0.release, $0.id) < ($1.release, $1.id) }.map { instance in
                InstanceStatus(instance, weight: weights[instance.bundle])
            })
    }

    /// Percentages by bundle, as the router has them in force.
    private func weights(_ service: String, unknown: inout [String]) async -> [Digest: Int] {
        do {
            let arms = try await parts.router.observe(environment: name, service: service).arms
            return Dictionary(arms.map { ($0.bundle, $0.percent) }, uniquingKeysWith: { first, _ in first })
        } catch .unknownService {
            return [:]
        } catch {
            unknown.append("The router of \(service) cannot be asked: \(error)")
            return [:]
        }
    }
}

/// What runs and should not, or runs otherwise than recorded.
struct Drift {
    let state: EnvironmentState
    let running: Rollout?
    let instances: [Instance]

    var found: [DriftDocument] {
        let bundles = [state.current, state.previous].compactMap { $0 }
        let wanted = Set(bundles.map(\.digest) + [running?.fromBundle, running?.toBundle].compactMap { $0 })
        return instances.compactMap { instance in
            if !wanted.contains(instance.bundle) {
                return DriftDocument(
                    service: instance.service, instance: instance.id,
                    message: "runs \(instance.release) (\(instance.bundle.short)), which nobody asked for")
            }
            let expected = bundles.first { $0.digest == instance.bundle }?.service(instance.service)?.configDigest
            guard let expected, let reported = instance.configDigest, reported != expected else { return nil }
            return DriftDocument(
                service: instance.service, instance: instance.id,
                message: "reports another configuration than its bundle's")
        }
    }
}

extension InstanceStatus {
    init(_ instance: Instance, weight: Int?) {
        self.init(
            id: instance.id, release: instance.release, bundle: instance.bundle.text, ready: instance.ready,
            alive: instance.alive, url: instance.url, pid: instance.pid, weight: weight,
            configDigest: instance.configDigest, proof: instance.proof.rawValue, restarts: instance.restarts,
            healthFailures: instance.healthFailures, detail: instance.detail, since: instance.since.rfc3339)
    }
}
