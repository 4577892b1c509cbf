import Contract
import Definitions
import Foundation
import HTTPClient
import Rollouts
import Secrets
import TestSupport

@testable import Operations

/// A small environment whose one service reads what a test gives it, and the checks of that.
struct PreflightHarness {
    static let place = Place(file: "environments/staging.yaml", line: 7, column: 3)
    static let http = HTTPClient(maximumConnections: 32, name: "preflight")

    var kind = EnvironmentKind.staging
    var values: [String: String]
    var declarations: [VariableDeclaration] = []
    var migrates = false
    var history: [MigrationEntry] = []
    var ownedTables: [String] = []
    var databases: [DatabaseContract] = []
    var providers: [ProviderContract] = []
    var queues: QueueContract?
    var artifact: Artifact?
    var artifacts = ArtifactStore(directory: "/nonexistent")
    var authorities: String?
    var limit = Duration.seconds(10)
    /// Late in 2026.
    var now: Int64 = 1_795_000_000

    init(_ values: [String: String]) { self.values = values }

    var contract: ArtifactContract {
        let plain = values.keys.sorted().filter { name in !declarations.contains { $0.name == name } }
            .map { VariableDeclaration(name: $0, kind: .url, summary: $0) }
        return ArtifactContract(
            service: "api", variables: plain + declarations, portVariable: "PORT",
            paths: ContractPaths(liveness: "/live", readiness: "/ready"),
            migrations: MigrationContract(arguments: ["migrate"], tables: ownedTables, history: history),
            startBudgetSeconds: 10, drainSeconds: 1, providers: providers, databases: databases, queues: queues)
    }

    var checks: [PreflightCheck] {
        let service = ServiceDefinition(name: "api", replicas: 1, strategy: "rolling", place: Self.place)
        let environment = Environment(
            name: "staging", kind: kind, platform: .local, services: [service],
            migrations: migrates ? MigrationDefinition(service: "api") : nil,
            secrets: values.keys.sorted().map {
                Placed(name: $0, value: SecretDefinition(source: .literal("unused")), place: Self.place)
            })
        let release = artifact.map {
            Release(
                version: "v1", digest: $0.digest, artifacts: [$0], createdAt: Timestamp(microseconds: 0),
                createdBy: "test")
        }
        let scope = PreflightScope(
            environment: environment, contracts: ["api": contract], release: release,
            secrets: values.mapValues(Secret.init))
        return PreflightChecks(
            scope,
            limits: PreflightLimits(given: Dictionary(uniqueKeysWithValues: CheckKind.allCases.map { ($0, limit) })),
            tools: .init(
                http: Self.http, artifacts: artifacts, searchPath: "/usr/bin:/bin", now: now, authorities: authorities)
        ).all
    }

    /// Everything that the checks say.
    func results() async -> [CheckResult] {
        await PreflightRun(bound: .seconds(60), redactor: Redactor([Secret]())).run(checks) { _ in }
    }

    /// What they say that is no good news, or the good news when there is no other.
    func said() async -> [CheckReport] {
        let reports = await results().map(\.report)
        let problems = reports.filter { $0.outcome != .passed }
        return problems.isEmpty ? reports : problems
    }
}

extension [CheckReport] {
    /// The outcome of the first, for tests that expect one thing.
    var outcome: CheckOutcome? { first?.outcome }
    var words: String { map { "\($0.sentence) \($0.fix ?? "")" }.joined(separator: "\n") }
}
