import Contract
import Definitions
import Secrets

/// Makes a bundle of an environment's definition, a release and resolved secrets. Pure: the same values give the same
/// digest.
package struct BundleBuilder: Sendable {
    package var environment: Definitions.Environment
    package var release: Release
    package var secrets: [String: Secret]
    package var smoke: [SmokeSuiteText]
    /// A list of steps for every service instead of its own.
    package var strategy: String?
    /// The keyed digest of a service's whole configuration.
    package var configDigest: @Sendable (ArtifactContract, [String: String]) -> String
    /// The keyed digest of one value, by name.
    package var valueDigest: @Sendable (String, String) -> String

    package init(
        environment: Definitions.Environment, release: Release, secrets: [String: Secret], smoke: [SmokeSuiteText],
        strategy: String? = nil, key: InstallationKey
    ) {
        self.environment = environment
        self.release = release
        self.secrets = secrets
        self.smoke = smoke
        self.strategy = strategy
        let name = environment.name
        configDigest = { key.configDigest(environment: name, contract: $0, values: $1) }
        valueDigest = { key.digest(environment: name, name: $0, value: $1) }
    }

    /// - Throws: `PreflightError.invalid` with everything that is missing.
    package func build(now: Timestamp) throws(PreflightError) -> Bundle {
        var findings: [Finding] = []
        let services = try ordered().compactMap { service(for: $0, &findings) }
        guard findings.isEmpty else { throw .invalid(findings) }
        var bundle = Bundle(
            digest: release.digest, environment: environment.name, release: release.version,
            releaseDigest: release.digest, services: services, entrance: Entrance(environment.router),
            migrates: environment.migrations?.service,
            acceptedMigrations: environment.migrations.flatMap { $0.accepted.isEmpty ? nil : $0.accepted },
            thresholds: thresholds,
            rollbackWindow: environment.rollbackWindow, smoke: smoke,
            hooks: environment.hooks.isEmpty ? nil : environment.hooks, createdAt: Timestamp(microseconds: 0))
        do {
            bundle.digest = Digest(of: Array(try CanonicalJSON.encode(bundle).utf8))
        } catch {
            throw .unreachable(reason: "the bundle cannot be written as JSON: \(error)")
        }
        bundle.createdAt = now
        return bundle
    }

    /// With the series that the file names, and where instances tell them.
    private var thresholds: Thresholds {
        var thresholds = environment.thresholds
        guard !environment.metrics.isEmpty else { return thresholds }
        thresholds.metrics = environment.metrics.map(\.value).map { metric in
            guard case .sample = metric.source else { return metric }
            var metric = metric
            let contract = release.artifacts.first { $0.service == metric.service }?.contract
            metric.path = contract?.paths.metrics
            return metric
        }
        let asks = environment.metrics.contains { if case .query = $0.value.source { true } else { false } }
        guard asks else { return thresholds }
        thresholds.prometheus = environment.prometheus?.value
        thresholds.prometheusAccess = environment.prometheusAccess
        if let name = environment.prometheusAccess?.secret, let value = secrets[name] {
            thresholds.prometheusAccess?.digest = valueDigest(name, value.reveal())
        }
        return thresholds
    }

    /// The values that the service's instances get, secrets among them: what is to be read is there, and nothing else.
    package static func values(_ contract: ArtifactContract, _ given: [String: String]) -> [String: String] {
        var values: [String: String] = [:]
        for variable in contract.variables where variable.name != contract.portVariable {
            values[variable.name] = given[variable.name] ?? variable.defaultValue
        }
        for variable in contract.variables {
            guard let condition = variable.readWhen else { continue }
            let value = values[condition.variable] ?? ""
            let isRead = condition.values.contains(value) || condition.prefixes.contains { value.hasPrefix($0) }
            if !isRead { values[variable.name] = nil }
        }
        return values
    }

    private func service(for definition: ServiceDefinition, _ findings: inout [Finding]) -> BundleService? {
        guard let artifact = release.artifacts.first(where: { $0.service == definition.name }) else {
            findings.append(
                finding(
                    "release.service", definition.name, definition.place,
                    "release \(release.version) has no artifact for \(definition.name)",
                    "Record it: tidegate release create … --service \(definition.name)=DIR"))
            return nil
        }
        let list = strategy ?? definition.strategy
        guard let steps = environment.strategies[list] else {
            findings.append(
                finding(
                    "strategy.unknown", definition.name, definition.place,
                    "there is no strategy \(list)"
                        + (strategy == nil ? "" : ", which was asked for in place of its own"),
                    "Use one of \(environment.strategies.keys.sorted().joined(separator: ", "))"))
            return nil
        }
        let (given, keys) = given(to: definition)
        let values = Self.values(artifact.contract, given)
        for variable in artifact.contract.variables
        where variable.required && values[variable.name] == nil && variable.name != artifact.contract.portVariable
            && variable.readWhen == nil
        {
            findings.append(
                finding(
                    "variable.missing", variable.name, definition.place,
                    "\(definition.name) of release \(release.version) needs \(variable.name)",
                    variable.secret ? "Name its source under secrets:" : "Set it under variables:"))
        }
        let sealed = values.filter { keys[$0.key] != nil }
        return BundleService(
            name: definition.name, artifact: artifact, replicas: definition.replicas, port: definition.port,
            surge: definition.surge, unavailable: definition.surge.map { _ in definition.unavailable },
            health: definition.health, strategy: steps, variables: values.filter { keys[$0.key] == nil },
            secrets: sealed.reduce(into: [:]) { $0[$1.key] = valueDigest($1.key, $1.value) },
            configDigest: configDigest(artifact.contract, values))
    }

    /// What the service is given, and which of it is secret.
    private func given(to service: ServiceDefinition) -> (values: [String: String], secret: [String: String]) {
        var given = environment.variables(of: service)
        var keys = SecretScope.names(of: service.name, in: secrets.keys)
        for variable in service.variables { keys[variable.name] = nil }
        for (name, key) in keys { given[name] = secrets[key]?.reveal() }
        return (given, keys)
    }

    /// The services, each after those that it names under `after`, otherwise as they stand in the file.
    private func ordered() throws(PreflightError) -> [ServiceDefinition] {
        var rest = environment.services
        var order: [ServiceDefinition] = []
        while !rest.isEmpty {
            let known = Set(rest.map(\.name))
            guard let next = rest.firstIndex(where: { $0.after.allSatisfy { !known.contains($0) } }) else {
                let names = rest.map(\.name).joined(separator: ", ")
                throw .invalid([
                    finding(
                        "service.cycle", rest[0].name, rest[0].place, "\(names) come after each other in a circle",
                        "Remove one of their after: entries")
                ])
            }
            order.append(rest.remove(at: next))
        }
        return order
    }

    private func finding(_ rule: String, _ name: String, _ place: Place, _ message: String, _ fix: String) -> Finding {
        Finding(rule: rule, environment: environment.name, place: place, name: name, message: message, fix: fix)
    }
}
