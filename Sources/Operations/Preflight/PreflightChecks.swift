import Contract
import Definitions
import HTTPClient
import Rollouts
import Secrets

/// Everything of an environment that can be looked at once its secrets are there.
package struct PreflightChecks: Sendable {
    /// What looking needs.
    package struct Tools: Sendable {
        package var http: any HTTPSending
        package var artifacts: ArtifactStore
        package var searchPath: String
        /// Seconds since 1970.
        package var now: Int64
        /// Runs the artifact's own check; nil when this platform cannot, or not everything is there that it needs.
        package var trial: (@Sendable (_ service: String, _ limit: Duration) async -> TrialOutcome)?
        /// A PEM file of authorities to trust instead of the system's.
        package var authorities: String?

        package init(
            http: any HTTPSending, artifacts: ArtifactStore, searchPath: String, now: Int64,
            trial: (@Sendable (_ service: String, _ limit: Duration) async -> TrialOutcome)? = nil,
            authorities: String? = nil
        ) {
            self.authorities = authorities
            self.http = http
            self.artifacts = artifacts
            self.searchPath = searchPath
            self.now = now
            self.trial = trial
        }
    }

    private let scope: PreflightScope
    private let limits: PreflightLimits
    private let tools: Tools

    package init(_ scope: PreflightScope, limits: PreflightLimits, tools: Tools) {
        self.scope = scope
        self.limits = limits
        self.tools = tools
    }

    package var all: [PreflightCheck] {
        let databases = DatabaseChecks(scope: scope, limit: limits[.database])
        return databases.all + providers + brokers + hosts(besides: Set(databases.names)) + unresolved + artifacts
            + trials
    }

    private var providers: [PreflightCheck] {
        var seen: Set<[String]> = []
        return scope.services.flatMap { service in
            service.contract.providers.compactMap { provider -> PreflightCheck? in
                guard let address = service.values[provider.addressVariable] else { return nil }
                let key = provider.keyVariable.flatMap { service.values[$0] }
                if let name = provider.keyVariable, service.unresolved.contains(name) { return nil }
                guard seen.insert([provider.name, address.reveal(), key?.reveal() ?? ""]).inserted else { return nil }
                let same = scope.services.filter { other in
                    other.values[provider.addressVariable]?.reveal() == address.reveal()
                        && provider.keyVariable.flatMap { other.values[$0]?.reveal() } == key?.reveal()
                }
                let check = ProviderCheck(
                    provider: provider, address: address, key: key, http: tools.http, limit: limits[.provider],
                    now: tools.now, authorities: tools.authorities)
                let name = provider.keyVariable ?? provider.addressVariable
                return PreflightCheck(
                    .provider, same.count == scope.services.count ? name : "\(name) of \(service.name)",
                    services: same.map(\.name), place: scope.place(of: name, for: service), limit: limits[.provider]
                ) { await check.reports() }
            }
        }
    }

    private var brokerNames: [String] {
        let names = scope.services.flatMap { service in
            [service.contract.queues?.variable].compactMap(\.self)
                + service.contract.variables.filter { $0.format == .brokerURL }.map(\.name)
        }
        return Array(Set(names)).sorted()
    }

    private var brokers: [PreflightCheck] {
        brokerNames.flatMap { name in
            let values = scope.values(of: name)
            return values.map { value in
                let check = BrokerCheck(
                    name: name, address: value.value.reveal(), isDevelopment: scope.isDevelopment,
                    limit: limits[.broker])
                return PreflightCheck(
                    .broker, scope.subject(value, among: values), services: value.serviceNames, place: value.place,
                    limit: limits[.broker]
                ) { await check.reports() }
            }
        }
    }

    /// The addresses that no other check looks at.
    private func hosts(besides databases: Set<String>) -> [PreflightCheck] {
        let providers = scope.services.flatMap { $0.contract.providers.map(\.addressVariable) }
        let covered = databases.union(providers).union(brokerNames)
        let names = scope.services.flatMap { $0.contract.variables }.filter {
            $0.format != .origins && $0.kind != .list && !covered.contains($0.name)
        }.map(\.name)
        return Array(Set(names)).sorted().flatMap { name in
            let values = scope.values(of: name)
            return values.compactMap { value -> PreflightCheck? in
                guard let endpoint = Endpoint(value.value.reveal()), !isOwn(endpoint, value) else { return nil }
                let work = work(endpoint)
                return PreflightCheck(
                    .host, scope.subject(value, among: values), services: value.serviceNames, place: value.place,
                    limit: limits[.host], work: work)
            }
        }
    }

    private func work(_ endpoint: Endpoint) -> @Sendable () async -> [CheckReport] {
        let limit = limits[.host]
        let host = HostCheck(endpoint: endpoint, isDevelopment: scope.isDevelopment, limit: limit)
        guard endpoint.scheme == "https" else { return { await host.reports() } }
        let certificate = CertificateCheck(
            endpoint: endpoint, http: tools.http, limit: limit, now: tools.now, authorities: tools.authorities)
        return { await certificate.reports() }
    }

    /// Whether the address leads to what this environment runs itself, which need not run yet.
    private func isOwn(_ endpoint: Endpoint, _ value: SharedValue) -> Bool {
        if value.declaration?.pointsAt != nil { return true }
        let isHere = ["localhost", "::1"].contains(endpoint.host) || endpoint.host.hasPrefix("127.")
        return isHere && scope.services.contains { $0.definition.port != nil && $0.definition.port == endpoint.port }
    }

    /// What cannot be looked at, because a secret is missing.
    private var unresolved: [PreflightCheck] {
        let names = Set(scope.services.flatMap(\.unresolved))
        return names.sorted().compactMap { name in
            let services = scope.services.filter { $0.unresolved.contains(name) }
            guard let first = services.first,
                let kind = services.lazy.compactMap({ kind(of: name, in: $0.contract) }).first
            else { return nil }
            return PreflightCheck(
                kind, name, services: services.map(\.name), place: scope.place(of: name, for: first),
                limit: limits[kind]
            ) { [CheckReport(.skipped, "Not looked at: the secret could not be had.")] }
        }
    }

    private func kind(of name: String, in contract: ArtifactContract) -> CheckKind? {
        if DatabaseChecks.names(of: contract).contains(name) { return .database }
        let isProvider = contract.providers.contains { $0.keyVariable == name || $0.addressVariable == name }
        if isProvider { return .provider }
        return brokerNames.contains(name) ? .broker : nil
    }

    private var artifacts: [PreflightCheck] {
        scope.services.compactMap { service in
            guard let artifact = service.artifact else { return nil }
            let check = ArtifactCheck(
                service: service.name, artifact: artifact, store: tools.artifacts, searchPath: tools.searchPath)
            return PreflightCheck(
                .artifact, service.name, services: [service.name], place: service.definition.place,
                limit: limits[.artifact]
            ) { await blocking { check.reports() } }
        }
    }

    private var trials: [PreflightCheck] {
        guard let trial = tools.trial else { return [] }
        return scope.services.compactMap { service in
            guard service.artifact != nil, service.contract.checkArguments != nil else { return nil }
            let budget = service.definition.health.start ?? .seconds(service.contract.startBudgetSeconds)
            let limit = min(budget, limits[.trial])
            let name = service.name
            return PreflightCheck(
                // The trial ends by its own limit, and says what was written until then.
                .trial, name, services: [name], place: service.definition.place, limit: limit + .seconds(5)
            ) { [await trial(name, limit).report(of: name)] }
        }
    }
}

extension TrialOutcome {
    package func report(of service: String) -> CheckReport {
        switch self {
        case .passed: .passed("\(service) says that it could start.")
        case .failed(let reason, let log):
            CheckReport(
                .failed, "\(service) says that it could not start here (\(reason)): \(Self.last(log))",
                fix: "Mend what it names; tidegate contract shows what it reads.")
        case .tookTooLong(let log):
            CheckReport(
                .failed, "\(service)'s own check took longer than its start budget: \(Self.last(log))",
                fix: "See what it waits for, or raise health.start of the service.")
        case .notStarted(let reason):
            CheckReport(.failed, "\(service) cannot be run at all: \(reason)", fix: "Build it for this machine.")
        }
    }

    private static func last(_ log: [String]) -> String {
        let lines = log.map { $0.trimmingPrefix(while: \.isWhitespace) }.filter { !$0.isEmpty }.suffix(5)
        return lines.isEmpty ? "it wrote nothing" : lines.joined(separator: " · ")
    }
}
