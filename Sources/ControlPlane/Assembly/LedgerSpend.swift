import Definitions
import Ledger
import Operations
import Rollouts
import Secrets
import Storage
import Synchronization

/// Reads environments' ledgers, and keeps their budgets as the environment files say. A ledger's address is the value
/// that the running bundle has for the variable that the environment names; databases stay open.
package final class LedgerSpend: SpendSource {
    private let seals: SealStore
    private let open = Mutex<[String: any Database]>([:])

    package init(seals: SealStore) { self.seals = seals }

    package func spend(_ environment: Environment, bundle: Bundle?, now: Timestamp) async throws -> SpendDocument? {
        guard let scopes = try await scopes(environment, bundle: bundle, now: now) else { return nil }
        let total = scopes.first { $0.scope == Ledger.total }
        return SpendDocument(
            today: (total?.spent ?? .zero).description, limit: total?.budget?.limit.description,
            scopes: scopes.map {
                .init(
                    scope: $0.scope, today: $0.spent.description, held: $0.held.description,
                    limit: $0.budget?.limit.description)
            })
    }

    package func spent(
        _ environment: Environment, bundle: Bundle?, from: Timestamp, until: Timestamp
    ) async throws -> String? {
        guard let bundle, let database = try database(environment.ledger?.databaseVariable, bundle) else { return nil }
        return try await database.read {
            try Ledger.spent(on: $0, from: from.microseconds, until: until.microseconds)
        }.description
    }

    /// What alerts are decided by; nil when it is unknown.
    func facts(_ environment: Environment, bundle: Bundle, now: Timestamp) async throws -> AlertFacts.Spending? {
        guard let scopes = try await scopes(environment, bundle: bundle, now: now),
            let database = try database(environment.ledger?.databaseVariable, bundle)
        else { return nil }
        let limits = try await database.read { try Ledger.limitStates(on: $0, at: now.microseconds) }
        return AlertFacts.Spending(scopes: scopes, limits: limits)
    }

    /// Makes the limits in the ledger those of the environment file; what is in force already stays.
    /// - Parameters:
    ///   - cause: what brought the file, for the record.
    ///   - actor: who did; nil where that is not known.
    /// - Returns: false while the ledger has no tables for them.
    func setBudgets(
        _ terms: SpendingTerms, bundle: Bundle, cause: String, by actor: String?, now: Timestamp
    ) async throws -> Bool {
        guard let database = try database(terms.databaseVariable, bundle) else { return true }
        let file = "environments/\(bundle.environment).yaml, \(cause)"
        let pending = try await Ledger.migrator.pending(database)
        guard !Ledger.lacksBudgets(pending) else { return false }
        let (plain, limits) = terms.inLedger(at: now.microseconds, reason: file)
        try await database.write { connection in
            for (scope, limit) in plain {
                try Ledger.setBudget(scope, limit: limit, reason: file, by: actor, on: connection, at: now.microseconds)
            }
            try Ledger.keepBudgets(
                Set(plain.map(\.scope)), reason: file, by: actor, on: connection, at: now.microseconds)
            try Ledger.keepLimits(
                Set(limits.map(\.name)), reason: file, by: actor, on: connection, at: now.microseconds)
            for limit in limits { try Ledger.setLimit(limit, by: actor, on: connection) }
        }
        return true
    }

    package func ledger(of environment: Environment, bundle: Bundle?) async throws -> (any Database)? {
        guard let bundle, let database = try database(environment.ledger?.databaseVariable, bundle) else { return nil }
        let pending = try await Ledger.migrator.pending(database)
        guard pending.isEmpty else {
            throw Refusal(
                "unknown_spend",
                "The ledger's tables lack \(pending.joined(separator: ", ")). Run: pipeline migrate.",
                exit: .checkFailed)
        }
        return database
    }

    package func close() async {
        let databases = open.withLock { databases in
            defer { databases = [:] }
            return Array(databases.values)
        }
        for database in databases { await database.close() }
    }

    private func scopes(_ environment: Environment, bundle: Bundle?, now: Timestamp) async throws -> [ScopeSpend]? {
        guard let bundle, let database = try database(environment.ledger?.databaseVariable, bundle) else { return nil }
        switch await LedgerReader(database).today(at: now.microseconds) {
        case .known(let scopes): return scopes
        case .unknown(let reason): throw Refusal("unknown_spend", reason, exit: .checkFailed)
        }
    }

    private func database(_ variable: String?, _ bundle: Bundle) throws -> (any Database)? {
        guard let variable else { return nil }
        let plain = bundle.services.compactMap { $0.variables[variable] }.first
        let isSealed = plain == nil && bundle.services.contains { $0.secrets[variable] != nil }
        let secret = isSealed ? SecretScope.value(of: variable, in: try seals.open(bundle: bundle.digest.text)) : nil
        guard let address = plain ?? secret?.reveal(), !address.isEmpty else { return nil }
        // Within the lock, so that two who ask at once do not open two.
        return try open.withLock { open in
            if let database = open[address] { return database }
            let database = try Databases.open(address: address)
            open[address] = database
            return database
        }
    }
}
