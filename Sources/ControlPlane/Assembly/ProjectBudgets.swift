import Definitions
import Operations
import Rollouts
import Synchronization

/// Sets budgets as the environment's file says when a rollout is about to start its first instance, and knows with which file. What
/// somebody writes into it during the rollout is for the next one.
final class ProjectBudgets: Budgets {
    private struct Done {
        let rollout: String
        let definition: Environment
    }

    private let environments: any EnvironmentSource
    private let spend: LedgerSpend
    private let clock: any WallClock
    /// The last rollout of each environment.
    private let done = Mutex<[String: Done]>([:])

    init(environments: any EnvironmentSource, spend: LedgerSpend, clock: any WallClock) {
        self.environments = environments
        self.spend = spend
        self.clock = clock
    }

    func set(for bundle: Bundle, _ rollout: Rollout) async throws {
        guard definition(of: rollout.id, in: bundle.environment) == nil else { return }
        let definition = try environments.environment(bundle.environment)
        let isSet = try await spend.setBudgets(
            definition, bundle: bundle, cause: rollout.cause(of: bundle), by: rollout.actor, now: clock.now)
        // Without tables nothing can be held, and so nothing bought.
        guard isSet else { return }
        done.withLock { $0[bundle.environment] = Done(rollout: rollout.id, definition: definition) }
    }

    /// What the rollout has set; nil when it has set nothing, or did so before the control plane was started.
    func definition(of rollout: String, in environment: String) -> Environment? {
        let last = done.withLock { $0[environment] }
        return last?.rollout == rollout ? last?.definition : nil
    }
}

extension Rollout {
    /// What has brought a file's budgets, in words.
    func cause(of bundle: Bundle) -> String {
        "with \(kind.rawValue) \(id) to \(bundle.release)" + (reason.map { ": \($0)" } ?? "")
    }
}
