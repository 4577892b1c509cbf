/// How a rollout ended.
package enum Outcome: String, Codable, Sendable {
    case succeeded
    /// The old bundle (or nothing, when there was none) serves again, proved by smoke tests.
    case rolledBack = "rolled_back"
    /// Something of the way back did not work; `Rollout.why` says what serves.
    case rollbackFailed = "rollback_failed"
    /// A person ended it; the old bundle serves again.
    case aborted
    /// Nothing was touched.
    case refused
    /// What was recorded makes no sense to this version; nothing is done until a person decides.
    case quarantined
}

/// Why a rollout turns back.
package enum RollbackCause: String, Codable, Sendable {
    /// A verdict: the release is blocked.
    case verdict
    /// Something did not work that is not the release's doing.
    case failure
    case deadline
    /// A gate closed before the first traffic: ends as aborted.
    case gate
    /// A person's abort: ends as aborted.
    case abort
    /// A person's (or the watcher's) rollback.
    case request
}

/// An event that the rollout cannot take where it is.
package enum TransitionError: Error, Sendable, Equatable, CustomStringConvertible {
    case unexpected(event: String, stage: String)
    case notPossible(String)

    package var description: String {
        switch self {
        case .unexpected(let event, let stage): "\(event) makes no sense in stage \(stage)"
        case .notPossible(let sentence): sentence
        }
    }
}
