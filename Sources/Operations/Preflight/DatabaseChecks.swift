import Contract
import Definitions
import Secrets
import Storage

/// What a database must be for the services that work on it.
struct DatabaseRequirement: Sendable {
    var minimumPostgresVersion: Int?
    var extensions: [String] = []
    /// Tables that must be there, unless the environment's own migrations bring them.
    var tables: [String] = []
    /// Of the service that migrates on this database; nil when none does.
    var migrations: MigrationContract?
    /// What the services' releases know, when none of them migrates here.
    var history: [MigrationEntry] = []
    /// What sentences call the release.
    var release: String
    var isDevelopment: Bool

    var migrates: Bool { migrations != nil }
}

/// Which databases an environment's services work on, and what they ask of each.
struct DatabaseChecks {
    let scope: PreflightScope
    let limit: Duration

    var all: [PreflightCheck] {
        names.flatMap { name in
            let values = scope.values(of: name) { Self.names(of: $0.contract).contains(name) }
            return values.map { value in
                let requirement = requirement(value)
                let (limit, address) = (limit, value.value)
                return PreflightCheck(
                    .database, scope.subject(value, among: values), services: value.serviceNames, place: value.place,
                    limit: limit
                ) {
                    await Self.look(name, address, requirement, limit)
                }
            }
        }
    }

    /// Every variable that some contract calls a database's address, in order.
    var names: [String] {
        scope.services.flatMap { Self.names(of: $0.contract) }.reduce(into: []) { names, name in
            if !names.contains(name) { names.append(name) }
        }
    }

    static func names(of contract: ArtifactContract) -> [String] {
        contract.databases.map(\.variable)
            + contract.variables.filter { $0.format == .databaseURL }.map(\.name)
            .filter { name in !contract.databases.contains { $0.variable == name } }
    }

    private func requirement(_ value: SharedValue) -> DatabaseRequirement {
        var requirement = DatabaseRequirement(release: scope.release, isDevelopment: scope.isDevelopment)
        for service in value.services {
            for database in service.contract.databases where database.variable == value.name {
                let versions = [requirement.minimumPostgresVersion, database.minimumPostgresVersion]
                requirement.minimumPostgresVersion = versions.compactMap(\.self).max()
                requirement.extensions += database.extensions.filter { !requirement.extensions.contains($0) }
                requirement.tables += database.tables.filter { !requirement.tables.contains($0) }
            }
        }
        let migrating = scope.environment.migrations?.service
        requirement.migrations = value.services.first { $0.name == migrating }?.contract.migrations
        requirement.history = value.services.compactMap(\.contract.migrations).flatMap(\.history)
        return requirement
    }

    private static func look(
        _ name: String, _ address: Secret, _ requirement: DatabaseRequirement, _ limit: Duration
    ) async -> [CheckReport] {
        let text = address.reveal()
        if text.hasPrefix("sqlite:") {
            let path = String(text.dropFirst("sqlite:".count))
            return await blocking { SQLiteCheck(name: name, path: path, requirement: requirement).reports() }
        }
        if text.hasPrefix("postgresql://") || text.hasPrefix("postgres://") {
            return await PostgresCheck(name: name, address: text, requirement: requirement, limit: limit).reports()
        }
        guard let endpoint = Endpoint(text) else {
            return [
                CheckReport(
                    .failed, "\(name) is no database's address.",
                    fix: "Write sqlite:PATH or postgresql://USER:PASSWORD@HOST:PORT/DATABASE.")
            ]
        }
        let host = await HostCheck(endpoint: endpoint, isDevelopment: requirement.isDevelopment, limit: limit).reports()
        guard host.allSatisfy({ $0.outcome == .passed }) else { return host }
        return [
            CheckReport(
                .skipped,
                "\(endpoint.shown) answers; what is in a database of the kind \(endpoint.scheme) is for the service's own check."
            )
        ]
    }
}
