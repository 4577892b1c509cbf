import Contract
import Definitions
import Operations
import Rollouts
import Secrets

/// Compares what every environment runs with what is defined, and remembers since when it differs.
actor DriftWatch: DriftSource {
    struct Parts: Sendable {
        var project: Project
        var engine: any RolloutEngine
        var releases: any Releases
        var platform: any Platform
        var seals: SealStore
        var key: InstallationKey
        var secrets: SecretWatch
        var reader: InstanceReader
        var record: DriftRecord
        var history: LineHistory
        var clock: any WallClock
        /// When this engine, and so its own environment, came into being.
        var startedAt: Timestamp
        /// Services that the environment's router listens for.
        var frontends: @Sendable (_ environment: String) async throws -> [String]
    }

    /// How long an instance's answer is believed: a process keeps the values that it was started with.
    private static let trust = Duration.seconds(30)

    let parts: Parts
    /// A definition as it was last read: good until a file changes, another release runs, or the day is over, since secrets
    /// expire.
    private struct Known {
        var files: [String: [UInt8]]
        var release: Digest
        var day: Timestamp
        var defined: DefinedConfiguration
    }

    private var definitions: [String: Known] = [:]
    private var answers: [String: (pid: Int?, report: InstanceReport, at: Timestamp)] = [:]
    private var latest: [String: (report: DriftReport, after: Duration)] = [:]

    init(_ parts: Parts) { self.parts = parts }

    /// What the watcher saw last, for alerts; nil while nothing is known, or while a rollout is under way.
    func facts(_ environment: String) -> AlertFacts.Drift? {
        guard let (report, after) = latest[environment] else { return nil }
        guard !report.items.isEmpty else { return report.isComplete ? .init(verdict: nil, isLasting: false) : nil }
        let since = report.items.map(\.since).min() ?? parts.clock.now
        return .init(verdict: report.verdict, isLasting: parts.clock.now - since >= after)
    }

    /// Looks at every environment; what fails in one does not keep it from the others.
    func round(of environments: [String]) async throws {
        var failures: [String] = []
        for name in environments {
            do { try await look(name) } catch {
                latest[name] = nil
                failures.append("\(name): \(error)")
            }
        }
        if !failures.isEmpty { throw Refusal("drift", failures.joined(separator: "; "), exit: .checkFailed) }
    }

    /// One look at an environment by the watcher: what it finds is kept on record.
    func look(_ environment: String) async throws {
        let report = try await report(environment, given: nil)
        let after = definitions[environment]?.defined.environment.drift.after ?? DriftDefinition().after
        latest[environment] = (report, after)
    }

    func report(_ name: String, given: [String: Secret]?) async throws -> DriftReport {
        let state = try await parts.engine.state(environment: name)
        guard state.rollout == nil else {
            return DriftReport(environment: name, release: state.current?.release, state: .rolling)
        }
        guard let running = state.current else { return DriftReport(environment: name, state: .empty) }
        var draft = DriftDraft(running: running)
        await look(atInstancesOf: state, running, force: given != nil, &draft)
        let defined = await compare(name, running, given: given, &draft)
        await look(atRouterOf: name, state, &draft)
        // A rollout may have begun since: then what was compared is not what runs.
        let now = try await parts.engine.state(environment: name)
        guard now.rollout == nil, now.current?.digest == running.digest else {
            return DriftReport(environment: name, release: running.release, state: .rolling)
        }
        return try await report(draft, defined, isOnRecord: given == nil)
    }

    // MARK: What is defined

    /// - Returns: the definition, when it can be used.
    private func compare(
        _ name: String, _ running: Bundle, given: [String: Secret]?, _ draft: inout DriftDraft
    ) async -> DefinedConfiguration? {
        do {
            let release = try await parts.releases.release(running.release)
            let defined = try define(name, release)
            let secrets = await secrets(defined.environment, running, given: given, &draft)
            let bundle = try defined.bundle(
                of: release, secrets: secrets, key: parts.key, now: running.createdAt)
            draft.add(BundleComparison(running: running, defined: bundle).findings)
            return defined
        } catch PreflightError.invalid(let findings) {
            draft.state = .invalid(reason: "\(DefinedConfiguration.Unusable(findings: findings))")
        } catch {
            draft.state = .invalid(reason: "\(error)")
        }
        return nil
    }

    private func define(_ name: String, _ release: Release) throws -> DefinedConfiguration {
        let sources = try parts.project.readSources()
        let now = parts.clock.now
        if let known = definitions[name], known.files == sources.files, known.release == release.digest,
            known.day == now.startOfDay
        {
            return known.defined
        }
        let defined = try DefinedConfiguration(name, release: release, sources: sources, now: now)
        definitions[name] = Known(
            files: sources.files, release: release.digest, day: now.startOfDay, defined: defined)
        return defined
    }

    /// Values to build the bundle of; what is not known has its sealed value, and is marked so.
    private func secrets(
        _ environment: Environment, _ running: Bundle, given: [String: Secret]?, _ draft: inout DriftDraft
    ) async -> [String: Secret] {
        let (definitions, pace) = (environment.allSecrets, environment.drift.secrets)
        let states =
            if let given {
                await parts.secrets.askAll(definitions, environment: environment.name, pace: pace, given: given)
            } else {
                await parts.secrets.look(definitions, environment: environment.name, pace: pace)
            }
        let sealed: [String: Secret]
        do { sealed = try parts.seals.open(bundle: running.digest.text) } catch {
            sealed = [:]
            draft.unknown(key: "seal", "the sealed secrets of what runs cannot be opened: \(error)")
        }
        var values: [String: Secret] = [:]
        for definition in definitions {
            let key = definition.name
            switch states[key] {
            case .value(let secret): values[key] = secret
            case .engine(let secret) where isBelievable(secret, key, running): values[key] = secret
            case .engine, .callersOnly: draft.notChecked(key)
            case .unknown(let reason): draft.unknown(secret: key, reason)
            case .asking, nil: draft.unknown(secret: key, "its source has not answered yet")
            }
            values[key] = values[key] ?? sealed[key] ?? Secret("unknown")
        }
        return values
    }

    /// The engine's environment is as old as the engine: a rollout since may have brought a newer value from its caller's.
    private func isBelievable(_ secret: Secret, _ key: String, _ running: Bundle) -> Bool {
        if parts.startedAt > running.createdAt { return true }
        let name = key.split(separator: "/").last.map(String.init) ?? key
        let digest = parts.key.digest(environment: running.environment, name: name, value: secret.reveal())
        return running.services.contains { $0.secrets[name] == digest }
    }

    // MARK: What runs

    private func look(
        atInstancesOf state: EnvironmentState, _ running: Bundle, force: Bool, _ draft: inout DriftDraft
    ) async {
        let instances: [Instance]
        do {
            instances = try await parts.platform.instances(environment: running.environment)
        } catch {
            return draft.unknown(key: "instances", "the platform cannot be asked: \(error)")
        }
        var reports: [String: InstanceReport] = [:]
        for instance in instances where instance.bundle == running.digest {
            guard let contract = running.service(instance.service)?.artifact.contract else { continue }
            reports[instance.id] = await report(of: instance, contract, force: force)
        }
        let (key, environment) = (parts.key, running.environment)
        let comparison = InstanceComparison(
            running: running, known: Set([running.digest, state.previous?.digest].compactMap(\.self)),
            instances: instances, reports: reports,
            valueDigest: { key.digest(environment: environment, name: $0, value: $1) })
        draft.add(comparison.findings)
        for sentence in comparison.unknown { draft.unknown(key: "instances", sentence) }
    }

    private func report(
        of instance: Instance, _ contract: ArtifactContract, force: Bool
    ) async -> InstanceReport? {
        // What is not ready is down already; it need not answer.
        guard instance.ready || instance.proof == .attested else { return nil }
        let now = parts.clock.now
        if let known = answers[instance.id], known.pid == instance.pid, now - known.at < Self.trust, !force {
            return known.report
        }
        guard let report = await parts.reader.report(instance, contract: contract) else { return nil }
        if case .says = report { answers[instance.id] = (instance.pid, report, now) }
        if answers.count > 1_000 { answers = [:] }
        return report
    }

    private func look(atRouterOf name: String, _ state: EnvironmentState, _ draft: inout DriftDraft) async {
        let services = [state.current, state.previous].compactMap(\.self).flatMap(\.services)
        let wanted = Set(services.filter { $0.port != nil }.map(\.name))
        do {
            draft.add(
                try await parts.frontends(name).filter { !wanted.contains($0) }.map { service in
                    DriftFinding(
                        .unasked, service: service, .port, name: "frontend", change: .removed, effect: .repair,
                        message: "the router listens for it, and no bundle has it")
                })
        } catch {
            draft.unknown(key: "router", "the router cannot be asked: \(error)")
        }
    }
}
