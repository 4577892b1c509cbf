import Definitions
import Secrets

/// Resolves an environment's whole definition for a release: reads the files, checks every variable, fetches every
/// secret, and builds the bundle with `BundleBuilder`.
package protocol Preflight: Sendable {
    /// - Parameter seal: whether the secrets' values are to be sealed under the bundle's digest; not for a plan.
    /// - Throws: `PreflightError`.
    func bundle(
        _ request: RolloutRequest, release: Release, callerSecrets: [String: Secret], seal: Bool, now: Timestamp
    ) async throws(PreflightError) -> Bundle

    /// Makes sure that the bundle can be run again: its artifacts and its sealed secrets are there.
    func check(restoring bundle: Bundle) async throws(PreflightError)
}

package enum PreflightError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The definition is wrong (exit 2).
    case invalid([Finding])
    /// A provider or a file could not be reached (exit 3).
    case unreachable(reason: String)
    /// What has to be kept could not be written, or the machine cannot take it (exit 4).
    case failed(reason: String)

    package var description: String {
        switch self {
        case .invalid(let findings):
            findings.map { "\($0.place.file):\($0.place.line): \($0.message)" }.joined(separator: "\n")
        case .unreachable(let reason), .failed(let reason): reason
        }
    }
}
