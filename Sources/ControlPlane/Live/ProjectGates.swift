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
            guard let spending = try await spend.facts(definition, bundle: running, now: clock.now) else {
                return .unknown(reason: "the bundle that runs names no ledger")
            }
            return .known(
                reached: spending.budgets.filter { $0.isReached && $0.holdsBack }.map { "\($0.scope): \($0.used)" }
                    + spending.frozen.map { "\($0.scope): frozen" })
        } catch {
            return .unknown(reason: "\(error)")
        }
    }
}
