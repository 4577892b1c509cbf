import Definitions
import Rollouts

/// The project's environment files, read anew each time: what is on disk is what is meant.
package protocol EnvironmentSource: Sendable {
    /// In the order in which releases are promoted, as far as that is known.
    func names() throws -> [String]
    /// - Throws: `Refusal` with findings (exit 2) when it cannot be used, `unknown_environment` when there is none.
    func environment(_ name: String) throws -> Environment
}

/// What an environment has spent today; nil when it keeps no ledger, or none that can be read.
package protocol SpendSource: Sendable {
    /// - Throws: an error whose description says why it is unknown.
    func spend(_ environment: Environment, bundle: Bundle?, now: Timestamp) async throws -> SpendDocument?
}
