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
        let certificates = await certificates(state, unknown: &unknown)
        let alerts = try await parts.alerts.firing(environment: name).map { AlertDocument($0) }
        let spend = await spend(state, unknown: &unknown)
        let drift = await drift(unknown: &unknown)
        let behind = await behind(state, unknown: &unknown)
        return StatusDocument(
            environment: name, kind: known.definition?.kind.rawValue ?? "unknown", release: state.current?.release,
            bundle: state.current?.digest.text, previous: state.previous?.release,
            state: condition(state, last, services, unknown: unknown), services: services,
            rollout: running.map { RolloutDocument($0, now: now) }, certificates: certificates,
            drift: drift?.drift ?? [], driftSummary: drift?.summary, behind: behind, alerts: alerts, spend: spend,
            verdicts: try await judged(running, last).map(VerdictDocument.all(of:)) ?? [], unknown: unknown + broken)
    }

    /// The rollout whose verdicts are shown: the one under way, otherwise the last one that began. One that was refused has
    /// judged nothing, and hides nothing.
    private func judged(_ running: Rollout?, _ last: Rollout?) async throws -> Rollout? {
        guard running == nil, last?.outcome == .refused else { return running ?? last }
        return try await parts.engine.history(environment: name, limit: 20).first {
            $0.outcome != .refused && $0.outcome != .quarantined
        }
    }

    /// What runs is not worse for a definition that somebody is writing, but whoever looks should know.
    private var broken: [String] {
        known.invalid.map { refusal in
            let first = refusal.findings.first.map { finding in
                "\(finding.place.file):\(finding.place.line):\(finding.place.column): \(finding.message) "
            }
            return ["What is defined now: \(first ?? "")\(refusal.message)"]
        } ?? []
    }

    private func drift(unknown: inout [String]) async -> DriftReportDocument? {
        do {
            return DriftReportDocument(try await parts.drift.report(name, given: nil), now: now)
        } catch {
            unknown.append("Whether what runs is what is defined cannot be said: \(error)")
            return nil
        }
    }

    private func behind(_ state: EnvironmentState, unknown: inout [String]) async -> BehindDocument? {
        guard let definition = known.definition else { return nil }
        do {
            return try await Promotion(engine: parts.engine, releases: parts.releases)
                .behind(definition, running: state.current?.release, now: now)
        } catch {
            unknown.append("Whether a newer release could run here cannot be said: \(error)")
            return nil
        }
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
            let url = await url(of: name, state, unknown: &unknown)
            statuses.append(service(name, url, state, running, of, weights))
        }
        return statuses
    }

    private func service(
        _ name: String, _ url: String?, _ state: EnvironmentState, _ running: Rollout?, _ instances: [Instance],
        _ weights: [Digest: Int]
    ) -> ServiceStatus {
        let current = state.current?.service(name)
        let counted = instances.filter { $0.bundle == (state.current?.digest ?? running?.toBundle) }
        let desired = current?.replicas ?? running?.course?.leg(name)?.replicas ?? 0
        return ServiceStatus(
            name: name, desired: desired, ready: counted.filter(\.ready).count,
            url: url,
            instances: instances.sorted { ($0.release, $0.id) < ($1.release, $1.id) }.map { instance in
                InstanceStatus(instance, weight: weights[instance.bundle])
            })
    }

    /// Where the running bundle's service is reached; before there is one, where the definition says.
    private func url(of name: String, _ state: EnvironmentState, unknown: inout [String]) async -> String? {
        guard let bundle = state.current, bundle.service(name) != nil else {
            let port = known.definition?.services.first { $0.name == name }?.port
            let scheme = known.definition?.router.certificate == nil ? "http" : "https"
            let host = known.definition?.router.certificate?.names.first ?? parts.host
            return port.map { "\(scheme)://\(host):\($0)" }
        }
        guard let port = bundle.service(name)?.port else { return nil }
        do { return try await parts.router.door(bundle, port: port).url } catch {
            unknown.append("Where \(name) is reached is unknown: \(error)")
            return nil
        }
    }

    private func certificates(_ state: EnvironmentState, unknown: inout [String]) async -> [CertificateDocument] {
        guard state.current?.entrance?.certificate != nil || state.rollout != nil else { return [] }
        guard let served = await parts.router.certificates(environment: name) else {
            unknown.append("Which certificates the router serves is not known yet.")
            return []
        }
        return served.map { CertificateDocument($0, now: now) }
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

extension InstanceStatus {
    init(_ instance: Instance, weight: Int?) {
        self.init(
            id: instance.id, release: instance.release, bundle: instance.bundle.text, ready: instance.ready,
            alive: instance.alive, url: instance.url, pid: instance.pid, weight: weight,
            configDigest: instance.configDigest, proof: instance.proof.rawValue, restarts: instance.restarts,
            healthFailures: instance.healthFailures, detail: instance.detail, since: instance.since.rfc3339)
    }
}
