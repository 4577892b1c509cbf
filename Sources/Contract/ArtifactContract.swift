/// What an artifact says it needs: it travels with the artifact, inside the release.
///
/// The JSON form uses snake_case keys and is described by `ArtifactContract.jsonSchema`.
package struct ArtifactContract: Codable, Sendable, Equatable {
    /// The version of this format that is written; a reader refuses others.
    package static let formatVersion = 1

    package var contract = ArtifactContract.formatVersion
    /// The service that this artifact runs as: `api`, `worker`.
    package var service: String
    /// Every variable that the artifact reads, outside the reserved prefix `TIDEGATE_`.
    package var variables: [VariableDeclaration]
    /// The variable that carries the port to listen on; the platform chooses the port.
    package var portVariable: String
    package var paths: ContractPaths
    package var migrations: MigrationContract?
    /// Seconds from start to ready before the instance counts as failed.
    package var startBudgetSeconds: Int
    /// Seconds that an instance may take to finish its work after SIGTERM.
    package var drainSeconds: Int
    /// The address on which it listens: the loopback's, unless a container's port is mapped to it.
    package var bindAddress: String
    /// The outside services that it calls: `llamaparse`, `openai`.
    package var providers: [ProviderContract]
    /// The databases that it works on.
    package var databases: [DatabaseContract]
    /// The names on a broker that it writes to and reads from; nil for services without one.
    package var queues: QueueContract?
    /// The arguments, after the artifact's executable, with which it says whether it could start where it stands, and
    /// ends: 0 when it could. It changes nothing. Nil when it has no such command.
    package var checkArguments: [String]?
    /// The names of the smoke suites that it answers.
    package var smokeSuites: [String]

    package init(
        service: String, variables: [VariableDeclaration], portVariable: String, paths: ContractPaths,
        migrations: MigrationContract? = nil, startBudgetSeconds: Int, drainSeconds: Int,
        bindAddress: String = ArtifactContract.loopback, providers: [ProviderContract] = [],
        databases: [DatabaseContract] = [], queues: QueueContract? = nil, checkArguments: [String]? = nil,
        smokeSuites: [String] = []
    ) {
        self.service = service
        self.variables = variables
        self.portVariable = portVariable
        self.paths = paths
        self.migrations = migrations
        self.startBudgetSeconds = startBudgetSeconds
        self.drainSeconds = drainSeconds
        self.bindAddress = bindAddress
        self.providers = providers
        self.databases = databases
        self.queues = queues
        self.checkArguments = checkArguments
        self.smokeSuites = smokeSuites
    }

    /// The address that only this machine reaches.
    package static let loopback = "127.0.0.1"

    enum CodingKeys: String, CodingKey, CaseIterable {
        case contract, service, variables, paths, migrations, providers, databases, queues
        case bindAddress = "bind_address"
        case checkArguments = "check_arguments"
        case portVariable = "port_variable"
        case startBudgetSeconds = "start_budget_seconds"
        case drainSeconds = "drain_seconds"
        case smokeSuites = "smoke_suites"
    }
}

/// Where an instance answers the platform's questions.
package struct ContractPaths: Codable, Sendable, Equatable, ContractPart {
    /// 200 while the process works: anything else means "restart me".
    package var liveness: String
    /// 200 while it can serve: anything else means "no traffic". The body reports release and configuration digest.
    package var readiness: String
    /// `PUT` takes `{"from":0,"to":50}`, the half-open range of job buckets (0…100) that a worker claims.
    /// Nil for services that take no jobs.
    package var share: String?
    /// `GET` with the control token: a JSON object of each variable's name and the keyed digest of its value, alone or
    /// under the key `variables`.
    package var config: String?
    /// OpenMetrics, if it has any.
    package var metrics: String?

    enum CodingKeys: String, CodingKey, CaseIterable { case liveness, readiness, share, config, metrics }

    package init(
        liveness: String, readiness: String, share: String? = nil, config: String? = nil, metrics: String? = nil
    ) {
        self.liveness = liveness
        self.readiness = readiness
        self.share = share
        self.config = config
        self.metrics = metrics
    }

    package init(from decoder: any Decoder) throws { try self.init(recordedIn: decoder) }

    init(_ fields: some ContractFields<CodingKeys>) throws {
        self.init(
            liveness: try fields.needed(.liveness), readiness: try fields.needed(.readiness),
            share: try fields.optional(.share), config: try fields.optional(.config),
            metrics: try fields.optional(.metrics))
    }
}

/// The migrations that an artifact brings, and the tables that only it may change.
package struct MigrationContract: Codable, Sendable, Equatable {
    /// The arguments that run the migrations, after the artifact's executable: `["migrate"]`.
    package var arguments: [String]
    package var tables: [String]
    /// Every migration that it knows, in order; empty for artifacts that keep their history in a way of their own.
    package var history: [MigrationEntry]

    package init(arguments: [String], tables: [String], history: [MigrationEntry] = []) {
        self.arguments = arguments
        self.tables = tables
        self.history = history
    }
}
