import Definitions

/// Where the engine learns what gates are about and its own record does not hold.
package protocol GateSource: Sendable {
    /// What the environment's file asks for now.
    func terms(environment: String) async throws(PreflightError) -> GateTerms

    /// What the ledger says; asked only where the file wants to know.
    func spend(environment: String, running: Bundle) async -> GateFacts.Spend
}

/// Asks for nothing: what is on record alone decides.
package struct NoTerms: GateSource {
    package init() {}
    package func terms(environment: String) async throws(PreflightError) -> GateTerms { GateTerms() }
    package func spend(environment: String, running: Bundle) async -> GateFacts.Spend { .notAsked }
}
