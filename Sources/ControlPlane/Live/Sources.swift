import Definitions
import Rollouts
import Storage

/// The project's environment files, read anew each time: what is on disk is what is meant.
package protocol EnvironmentSource: Sendable {
    /// In the order in which releases are promoted, as far as that is known.
    func names() throws -> [String]
    /// - Throws: `Refusal` with findings (exit 2) when it cannot be used, `unknown_environment` when there is none.
    func environment(_ name: String) throws -> Environment
    /// What is known of an environment whose files may be broken by now: what runs goes on, is shown, and can be taken back.
    /// - Throws: `unknown_environment` when there is none.
    func known(_ name: String) throws -> KnownEnvironment
}

/// An environment as far as it is known.
package struct KnownEnvironment: Sendable {
    /// The last valid definition since the engine started; nil when there was none.
    package var definition: Environment?
    /// What is wrong with the files as they are now.
    package var invalid: Refusal?

    package init(definition: Environment?, invalid: Refusal? = nil) {
        self.definition = definition
        self.invalid = invalid
    }
}

/// What an environment has spent today; nil when it keeps no ledger, or none that can be read.
package protocol SpendSource: Sendable {
    /// - Throws: an error whose description says why it is unknown.
    func spend(_ environment: Environment, bundle: Bundle?, now: Timestamp) async throws -> SpendDocument?
    /// The ledger itself; nil when the environment names none, or nothing runs there yet.
    /// - Throws: an error whose description says why it is unknown.
    func ledger(of environment: Environment, bundle: Bundle?) async throws -> (any Database)?
    /// What was spent from one moment until another, in USD.
    /// - Throws: an error whose description says why it is unknown.
    func spent(_ environment: Environment, bundle: Bundle?, from: Timestamp, until: Timestamp) async throws -> String?
}
