import Contract
import Definitions
import Operations
import Rollouts
import Secrets

/// Resolves an environment from the project's files as they are now: validated against the release's own contracts, its
/// secrets fetched, its smoke suites read.
package struct ProjectPreflight: Preflight {
    private let project: Project
    private let resolver: SecretResolver
    private let seals: SealStore
    private let artifacts: ArtifactStore
    private let key: InstallationKey
    private let book: SecretBook
    private let obstacle: @Sendable (Bundle) async -> String?
    private let trial: Installation.Trial?
    private let series: Series

    /// Makes sure that every series that the definition names is there.
    package typealias Series = @Sendable (Environment, Bundle, [String: Secret]) async throws(PreflightError) -> Void

    package init(
        project: Project, resolver: SecretResolver, seals: SealStore, artifacts: ArtifactStore, key: InstallationKey,
        book: SecretBook, obstacle: @Sendable @escaping (Bundle) async -> String? = { _ in nil },
        trial: Installation.Trial? = nil, series: @escaping Series = { (_, _, _) async throws(PreflightError) in }
    ) {
        self.book = book
        self.series = series
        self.trial = trial
        self.obstacle = obstacle
        self.project = project
        self.resolver = resolver
        self.seals = seals
        self.artifacts = artifacts
        self.key = key
    }

    package func bundle(
        _ request: RolloutRequest, release: Release, callerSecrets: [String: Secret], seal: Bool, now: Timestamp
    ) async throws(PreflightError) -> Bundle {
        let (environment, smoke, others) = try definition(request.environment, release, now)
        let resolved: [String: ResolvedSecret]
        do {
            resolved = try await resolver.resolved(
                environment.allSecrets, environment: environment.name, given: callerSecrets)
        } catch {
            throw Self.refusal(error)
        }
        let secrets = resolved.mapValues(\.value)
        let contracts = Dictionary(release.artifacts.map { ($0.service, $0.contract) }) { first, _ in first }
        try await check(
            secrets,
            SecretChecks(
                environment: environment, contracts: contracts, otherEnvironments: others, now: now, key: key))
        let bundle = try BundleBuilder(
            environment: environment, release: release, secrets: secrets, smoke: smoke, strategy: request.strategy,
            key: key
        ).build(now: now)
        try await series(environment, bundle, secrets)
        if seal {
            if let reason = await obstacle(bundle) { throw .failed(reason: reason) }
            try await runChecks(bundle, secrets)
            do {
                try seals.seal(secrets, bundle: bundle.digest.text)
                try await book.record(resolved, key: key, environment: environment, bundle: bundle.digest, now: now)
            } catch { throw .failed(reason: "\(error)") }
        }
        return bundle
    }

    /// Runs the very artifacts once, side by side, with what their instances would get, as far as they have a check.
    private func runChecks(_ bundle: Bundle, _ secrets: [String: Secret]) async throws(PreflightError) {
        guard let trial else { return }
        let artifacts = artifacts
        let problems = await withTaskGroup(of: (String, CheckReport).self) { group in
            for service in bundle.services {
                group.addTask {
                    let file = ArtifactCheck(
                        service: service.name, artifact: service.artifact, store: artifacts, searchPath: "")
                    if let flaw = file.flawOfProgram { return (service.name, flaw) }
                    guard service.artifact.contract.checkArguments != nil else { return (service.name, .passed("")) }
                    let budget = service.health.start ?? .seconds(service.artifact.contract.startBudgetSeconds)
                    return (service.name, await trial(bundle, service.name, secrets, budget).report(of: service.name))
                }
            }
            return await group.reduce(into: [String: CheckReport]()) { if $1.1.outcome.isProblem { $0[$1.0] = $1.1 } }
        }
        guard problems.isEmpty else { throw .failed(reason: Self.words(problems)) }
    }

    /// What several services say alike is said once.
    private static func words(_ problems: [String: CheckReport]) -> String {
        var said: Set<String> = []
        var fixes: [String] = []
        let sentences = problems.sorted { $0.key < $1.key }.map { service, problem in
            if let fix = problem.fix, !fixes.contains(fix) { fixes.append(fix) }
            let rest = problem.sentence.hasPrefix(service) ? problem.sentence.dropFirst(service.count) : ""
            return rest.isEmpty || said.insert(String(rest)).inserted ? problem.sentence : "\(service) says the same."
        }
        return (sentences + fixes).joined(separator: " ")
    }

    package func check(restoring bundle: Bundle) async throws(PreflightError) {
        for service in bundle.services where !artifacts.has(service.artifact.digest) {
            throw .unreachable(
                reason: "The artifact of \(service.name) in release \(bundle.release) is gone from "
                    + "\(artifacts.path(service.artifact.digest)): record the release again under another version.")
        }
        do {
            _ = try seals.open(bundle: bundle.digest.text)
        } catch .sealMissing(let digest, let path, _) {
            let names = Set(bundle.services.flatMap(\.secrets.keys)).sorted()
            throw .unreachable(reason: "\(SecretError.sealMissing(bundle: digest, path: path, secrets: names))")
        } catch {
            throw .unreachable(reason: "\(error)")
        }
    }

    private func check(_ secrets: [String: Secret], _ checks: SecretChecks) async throws(PreflightError) {
        let elsewhere: [KnownFingerprint]
        do { elsewhere = try await book.elsewhere(than: checks.environment.name) } catch {
            throw .failed(reason: "\(error)")
        }
        let errors = checks.findings(secrets, elsewhere: elsewhere).filter { $0.severity == .error }
        guard errors.isEmpty else { throw .invalid(errors) }
    }

    /// What cannot be written is this machine's fault; everything else, a source's.
    private static func refusal(_ error: SecretFailures) -> PreflightError {
        let isUnwritable = error.failures.contains { if case .unwritable = $0 { true } else { false } }
        return isUnwritable ? .failed(reason: "\(error)") : .unreachable(reason: "\(error)")
    }

    private func definition(
        _ name: String, _ release: Release, _ now: Timestamp
    ) throws(PreflightError) -> (Environment, smoke: [SmokeSuiteText], otherEnvironments: [String]) {
        let sources: ProjectSources
        let result: ValidationResult
        let names: [String]
        do {
            sources = try project.readSources()
            let contracts = Dictionary(release.artifacts.map { ($0.service, $0.contract) }) { first, _ in first }
            let validation = try ProjectValidation.complete(sources)
            names = validation.environmentNames
            result = try validation.validate([name], contracts: contracts, now: now.seconds)
        } catch {
            throw .unreachable(reason: "\(error)")
        }
        guard result.isValid, let environment = result.usable[name] else {
            throw .invalid(result.findings.filter { $0.severity == .error })
        }
        let smoke = environment.smoke.compactMap { suite in
            sources.files[suite.value].map {
                SmokeSuiteText(path: suite.value, text: String(decoding: $0, as: UTF8.self))
            }
        }
        return (environment, smoke, names.filter { $0 != name })
    }
}
