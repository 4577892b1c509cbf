import Definitions
import Operations
import Rollouts

/// What gates ask and cannot find in the control plane's record: the environment's file, and its ledger.
struct ProjectGates: GateSource {
    let environments: any EnvironmentSource
    let spend: LedgerSpend
    let clock: any WallClock

    func terms(environment: String) async throws(PreflightError) -> GateTerms {
        do {
            return GateTerms(try environments.environment(environment))
        } catch let refusal as Refusal where !refusal.findings.isEmpty {
            throw .invalid(refusal.findings)
        } catch {
            throw .unreachable(reason: "\(error)")
        }
    }

    func spend(environment: String, running: Bundle) async -> GateFacts.Spend {
        do {
            let definition = try environments.environment(environment)
            guard let budgets = try await spend.budgets(definition, bundle: running, now: clock.now) else {
                return .unknown(reason: "the bundle that runs names no ledger")
            }
            return .known(
                reached: budgets.filter(\.reached).map { "\($0.scope): \($0.spent) of \($0.limit) USD" })
        } catch {
            return .unknown(reason: "\(error)")
        }
    }
}
