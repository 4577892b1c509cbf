import Contract
import Definitions
import HTTPClient
import Operations
import Rollouts
import Secrets

/// Looks at everything that a rollout of an environment would need, and changes nothing.
package struct EnvironmentPreflight: Sendable {
    /// What the world looks like from here.
    package struct Parts: Sendable {
        package var project: Project
        package var resolver: SecretResolver
        package var key: InstallationKey
        package var book: SecretBook
        package var artifacts: ArtifactStore
        package var http: any HTTPSending
        /// The engine's own variables.
        package var processEnvironment: [String: String]
        package var clock: any WallClock
        /// Runs an artifact's own check.
        package var trial: Installation.Trial?
        package var machine: MachineChecks
    }

    /// How long all checks may take together.
    static let bound = Duration.seconds(180)

    private let parts: Parts

    package init(_ parts: Parts) { self.parts = parts }

    /// - Parameter release: nil checks against the contracts of the project's files, and looks at no artifact.
    /// - Throws: `Refusal` with findings (exit 2) when the definition is wrong, before anything is touched.
    package func begin(
        _ name: String, release: Release?, body: PreflightBody
    ) throws -> AsyncThrowingStream<PreflightLine, any Error> {
        let subject = try subject(name, release)
        let limits = try Self.limits(body.limits ?? [:])
        let given = body.secrets?.values ?? [:]
        return AsyncThrowingStream { continuation in
            let task = Task {
                let document = await look(at: subject, limits, given) { continuation.yield($0) }
                continuation.yield(.finished(document))
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private struct Subject: Sendable {
        var environment: Environment
        var contracts: [String: ArtifactContract]
        var release: Release?
        var otherEnvironments: [String]
    }

    private func subject(_ name: String, _ release: Release?) throws -> Subject {
        let sources = try parts.project.readSources()
        let released = release.map { release in
            Dictionary(release.artifacts.map { ($0.service, $0.contract) }) { first, _ in first }
        }
        let validation = try ProjectValidation.complete(sources)
        let result = try validation.validate([name], contracts: released, now: parts.clock.now.seconds)
        guard result.isValid, let environment = result.usable[name] else {
            throw Explanations.invalid(result.findings.filter { $0.severity == .error })
        }
        var contracts = released ?? [:]
        if released == nil {
            for service in environment.services {
                guard let bytes = sources.files[ProjectSources.contractPath(service.name)] else { continue }
                contracts[service.name] = try ArtifactContract.decode(bytes)
            }
        }
        return Subject(
            environment: environment, contracts: contracts, release: release,
            otherEnvironments: validation.environmentNames.filter { $0 != name })
    }

    private static func limits(_ given: [String: Double]) throws -> PreflightLimits {
        var limits = PreflightLimits()
        for (name, seconds) in given {
            guard let kind = CheckKind(rawValue: name), seconds > 0, seconds <= 3600 else {
                let names = CheckKind.allCases.map(\.rawValue).joined(separator: ", ")
                throw Refusal(
                    "unknown_limit", "A time limit is KIND=DURATION up to 1h, and the kinds are \(names).", exit: .usage
                )
            }
            limits.given[kind] = .seconds(seconds)
        }
        return limits
    }

    private func look(
        at subject: Subject, _ limits: PreflightLimits, _ given: [String: Secret],
        tell: @Sendable @escaping (PreflightLine) -> Void
    ) async -> PreflightDocument {
        let clock = ContinuousClock()
        let start = clock.now
        let environment = subject.environment
        let rules = SecretChecks(
            environment: environment, contracts: subject.contracts, otherEnvironments: subject.otherEnvironments,
            now: parts.clock.now, key: parts.key)
        let secrets = SecretLookups(
            environment, resolver: parts.resolver.lookingOnly, given: given, readers: rules.readers
        ) { rules.findings([$0: $1]) }
        let progress: @Sendable (PreflightProgress) -> Void = { tell(PreflightLine($0)) }
        var results = await PreflightRun(bound: Self.bound, redactor: Redactor(given.values))
            .run(secrets.all(limit: limits[.secret]), tell: progress)
        let resolved = secrets.resolved
        let run = PreflightRun(
            bound: Self.bound - (clock.now - start), redactor: Redactor(Array(resolved.values) + Array(given.values)))
        let world = await checks(subject, resolved, limits)
        results += await run.run([comparison(rules, resolved, limits)] + world, tell: progress)
        results = Self.excusing(results)
        return PreflightDocument(
            environment: environment.name, release: subject.release?.version,
            seconds: ((clock.now - start) / .milliseconds(1)).rounded() / 1000, checks: results.map(CheckDocument.init))
    }

    /// A program that could not start beside something that does not answer says no more than that: both may mend
    /// themselves together.
    private static func excusing(_ results: [CheckResult]) -> [CheckResult] {
        let waiting = Set(results.filter { $0.report.outcome == .unreachable }.flatMap(\.services))
        return results.map { result in
            var result = result
            let isExcused = result.kind == .trial && result.report.outcome == .failed
            if isExcused, !waiting.isDisjoint(with: result.services) { result.report.outcome = .unreachable }
            return result
        }
    }

    /// Compares with what other environments run, by fingerprints alone.
    private func comparison(
        _ rules: SecretChecks, _ secrets: [String: Secret], _ limits: PreflightLimits
    ) -> PreflightCheck {
        let environment = rules.environment.name
        let place = Place(file: ProjectSources.environmentPath(environment), line: 1, column: 1)
        return PreflightCheck(
            .secret, "shared with others", services: [], place: place, limit: limits[.secret]
        ) { [book = parts.book] in
            do {
                let found = rules.shared(secrets, elsewhere: try await book.elsewhere(than: environment))
                return found.isEmpty ? [.passed("No secret is that of another.")] : found.map(CheckReport.init)
            } catch {
                return [CheckReport(.unreachable, "\(error)", fix: "Look at the engine's log and its state directory.")]
            }
        }
    }

    private func checks(
        _ subject: Subject, _ secrets: [String: Secret], _ limits: PreflightLimits
    ) async -> [PreflightCheck] {
        let environment = subject.environment
        let scope = PreflightScope(
            environment: environment, contracts: subject.contracts, release: subject.release, secrets: secrets)
        let bundle = bundle(subject, secrets)
        var tools = PreflightChecks.Tools(
            http: parts.http, artifacts: parts.artifacts, searchPath: parts.processEnvironment["PATH"] ?? "",
            now: Int64(parts.clock.now.seconds), authorities: parts.processEnvironment["SSL_CERT_FILE"])
        if let bundle, let trial = parts.trial {
            tools.trial = { service, limit in await trial(bundle, service, secrets, limit) }
        }
        return PreflightChecks(scope, limits: limits, tools: tools).all
            + parts.machine.all(
                environment, bundle: bundle, now: Int64(parts.clock.now.seconds), limit: limits[.machine])
    }

    /// What would run, if all of it is known.
    private func bundle(_ subject: Subject, _ secrets: [String: Secret]) -> Bundle? {
        guard let release = subject.release, secrets.count == subject.environment.allSecrets.count else { return nil }
        let builder = BundleBuilder(
            environment: subject.environment, release: release, secrets: secrets, smoke: [], key: parts.key)
        // What keeps it from being built was found by validation, against the same contracts.
        do { return try builder.build(now: parts.clock.now) } catch { return nil }
    }
}

extension PreflightLine {
    init(_ progress: PreflightProgress) {
        switch progress {
        case .began(let check): self = .began(id: check.id, seconds: check.limit / .seconds(1))
        case .ended(let check, let results): self = .ended(id: check.id, results.map(CheckDocument.init))
        }
    }
}
