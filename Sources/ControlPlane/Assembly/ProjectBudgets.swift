import Operations
import Rollouts
import Storage
import Synchronization

/// Sets budgets as the environment's file says when a rollout is about to start its first instance, and knows with which file, also
/// after a restart. What somebody writes into it during the rollout is for the next one.
final class ProjectBudgets: Budgets {
    private let environments: any EnvironmentSource
    private let spend: LedgerSpend
    private let clock: any WallClock
    let record: BudgetRecord
    /// The last rollout of each environment whose budgets were set since the control plane was started.
    private let done = Mutex<[String: String]>([:])

    init(environments: any EnvironmentSource, spend: LedgerSpend, database: any Database, clock: any WallClock) {
        self.environments = environments
        self.spend = spend
        self.clock = clock
        record = BudgetRecord(database: database)
    }

    func set(for bundle: Bundle, _ rollout: Rollout) async throws {
        let environment = bundle.environment
        guard done.withLock({ $0[environment] }) != rollout.id else { return }
        let terms = try await begun(bundle, rollout)
        let isSet = try await spend.setBudgets(
            terms, bundle: bundle, cause: rollout.cause(of: bundle), by: rollout.actor, now: clock.now)
        // Without tables nothing can be held, and so nothing bought.
        guard isSet else { return }
        done.withLock { $0[environment] = rollout.id }
    }

    /// On record before the ledger has it, so that no other file is read when this ends in between.
    private func begun(_ bundle: Bundle, _ rollout: Rollout) async throws -> SpendingTerms {
        if let terms = try await terms(of: rollout.id, in: bundle.environment) { return terms }
        let terms = SpendingTerms(try environments.environment(bundle.environment))
        try await record.keep(
            .init(bundle: bundle.digest, rollout: rollout.id, terms: terms), as: .rolling, of: bundle.environment)
        return terms
    }

    /// What the rollout has set; nil when it started no instance, or another one has begun since.
    func terms(of rollout: String, in environment: String) async throws -> SpendingTerms? {
        let last = try await record.file(.rolling, of: environment)
        return last?.rollout == rollout ? last?.terms : nil
    }
}

extension Rollout {
    /// What has brought a file's budgets, in words.
    func cause(of bundle: Bundle) -> String {
        "with \(kind.rawValue) \(id) to \(bundle.release)" + (reason.map { ": \($0)" } ?? "")
    }
}
