import Contract
import Definitions

/// What an environment runs: a release, its resolved configuration and its secrets' versions, under one digest.
/// Secret values are not in it: they are sealed under the bundle's digest.
package struct Bundle: Codable, Sendable, Equatable {
    package var digest: Digest
    package var environment: String
    package var release: String
    package var releaseDigest: Digest
    package var services: [BundleService]
    /// How the router lets clients in; nil: on 127.0.0.1, without encryption.
    package var entrance: Entrance?
    /// The service whose artifact migrates, if any.
    package var migrates: String?
    /// Migrations that may be applied though the release before cannot live with them: why, by id; nil for none.
    package var acceptedMigrations: [String: String]?
    package var thresholds: Thresholds
    package var rollbackWindow: Duration
    /// Paths of the smoke suites, relative to the project, and their texts as they were: a rollback runs what was proved.
    package var smoke: [SmokeSuiteText]
    /// Commands before and after a rollout's stages; nil for none.
    package var hooks: [HookDefinition]?
    package var createdAt: Timestamp

    package init(
        digest: Digest, environment: String, release: String, releaseDigest: Digest, services: [BundleService],
        entrance: Entrance? = nil, migrates: String?, acceptedMigrations: [String: String]? = nil,
        thresholds: Thresholds,
        rollbackWindow: Duration, smoke: [SmokeSuiteText], hooks: [HookDefinition]? = nil, createdAt: Timestamp
    ) {
        self.digest = digest
        self.environment = environment
        self.release = release
        self.releaseDigest = releaseDigest
        self.services = services
        self.entrance = entrance
        self.migrates = migrates
        self.acceptedMigrations = acceptedMigrations
        self.thresholds = thresholds
        self.rollbackWindow = rollbackWindow
        self.smoke = smoke
        self.hooks = hooks
        self.createdAt = createdAt
    }

    package func service(_ name: String) -> BundleService? { services.first { $0.name == name } }

    /// The paths of each service, as its contract declares them.
    package var contractPaths: [String: ContractPaths] {
        Dictionary(services.map { ($0.name, $0.artifact.contract.paths) }) { first, _ in first }
    }
}

package struct SmokeSuiteText: Codable, Sendable, Equatable {
    package var path: String
    package var text: String
    package init(path: String, text: String) {
        self.path = path
        self.text = text
    }
}

/// One service of a bundle, in dependency order within `Bundle.services`.
package struct BundleService: Codable, Sendable, Equatable {
    package var name: String
    package var artifact: Artifact
    package var replicas: Int
    /// The router's port; nil for a service without traffic.
    package var port: Int?
    /// How many instances more than `replicas` may run during a rollout, and how many fewer; nil: as many as it needs, none.
    package var surge: Int?
    package var unavailable: Int?
    package var health: HealthDefinition
    package var strategy: Strategy
    /// Plain values by name, defaults included.
    package var variables: [String: String]
    /// Names whose values are sealed, each with the keyed digest of its value.
    package var secrets: [String: String]
    /// What a running instance must report.
    package var configDigest: String

    package init(
        name: String, artifact: Artifact, replicas: Int, port: Int?, surge: Int? = nil, unavailable: Int? = nil,
        health: HealthDefinition, strategy: Strategy, variables: [String: String], secrets: [String: String],
        configDigest: String
    ) {
        self.name = name
        self.artifact = artifact
        self.replicas = replicas
        self.port = port
        self.surge = surge
        self.unavailable = unavailable
        self.health = health
        self.strategy = strategy
        self.variables = variables
        self.secrets = secrets
        self.configDigest = configDigest
    }
}
