import Contract
import FoundationEssentials

/// What the two modules say that they need. The variables come from the settings that read them.
package enum PipelineContracts {
    package static let services = ["api", "worker"]

    package static func contract(of service: String) -> ArtifactContract? {
        switch service {
        case "api": api
        case "worker": worker
        default: nil
        }
    }

    package static var api: ArtifactContract {
        var reader = SettingsReader(environment: [:])
        _ = APISettings(from: &reader)
        return ArtifactContract(
            service: "api", variables: reader.declarations, portVariable: SettingsReader.prefix + "PORT",
            paths: ContractPaths(
                liveness: "/health/live", readiness: "/health", config: "/control/config", metrics: "/metrics"),
            startBudgetSeconds: 15, drainSeconds: 20, providers: providers, databases: databases,
            checkArguments: ["check", "api"], smokeSuites: ["health", "document", "security"])
    }

    package static var worker: ArtifactContract {
        var reader = SettingsReader(environment: [:])
        _ = WorkerSettings(from: &reader)
        return ArtifactContract(
            service: "worker", variables: reader.declarations, portVariable: SettingsReader.prefix + "PORT",
            paths: ContractPaths(
                liveness: "/health/live", readiness: "/health", share: "/control/share", config: "/control/config",
                metrics: "/metrics"),
            migrations: MigrationContract(arguments: ["migrate"], tables: tables, history: PipelineMigrations.history),
            startBudgetSeconds: 15, drainSeconds: 30, providers: providers, databases: databases,
            checkArguments: ["check", "worker"], smokeSuites: ["health", "document"])
    }

    private static let providers = ["LLAMAPARSE", "OPENAI"].map { name in
        ProviderContract(
            name: name.lowercased(), addressVariable: "\(SettingsReader.prefix)\(name)_URL",
            keyVariable: "\(SettingsReader.prefix)\(name)_API_KEY", probePath: ProviderProbe.paths[name.lowercased()])
    }

    private static let databases = [DatabaseContract(variable: SettingsReader.prefix + "DATABASE_URL")]

    /// The contract as its file has it: keys sorted, so that two of them can be compared.
    package static func json(_ contract: ArtifactContract) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(contract), as: UTF8.self)
    }

    static let tables = DocumentsSchema.tables
}
