import Analysis
import Definitions
import Secrets

/// What an operator asks for. It is journaled, so no secret is in it.
package struct RolloutRequest: Codable, Sendable, Equatable {
    package var environment: String
    /// The release's version.
    package var release: String
    /// A list of steps to use for every service instead of the one that its definition names.
    package var strategy: String?
    package var actor: String
    package var reason: String?
    /// The gates that the actor passes, for `reason`.
    package var overrides: [Gate]?
    /// The environment in which the release has to have proved itself, where the file names none.
    package var source: String?
    /// By which the caller asks again, should no answer come (`RequestKey`).
    package var key: String?

    package init(
        environment: String, release: String, strategy: String? = nil, actor: String, reason: String? = nil,
        overrides: [Gate]? = nil, source: String? = nil, key: String? = nil
    ) {
        self.overrides = overrides
        self.source = source
        self.key = key
        self.environment = environment
        self.release = release
        self.strategy = strategy
        self.actor = actor
        self.reason = reason
    }
}

extension Rollout {
    /// What it is and why, as somebody is told who has to wait for it.
    package var what: String {
        (kind == .rollback ? "rollback to \(release)" : "rollout of \(release)") + (reason.map { ": \($0)" } ?? "")
    }
}

/// Takes environments from one bundle to the next. Whatever it has begun is continued after a crash by `resumeAll`.
package protocol RolloutEngine: Sendable {
    /// What a rollout would do; touches nothing.
    /// - Throws: `PreflightError` with findings, `RolloutError`.
    func plan(_ request: RolloutRequest, callerSecrets: [String: Secret]) async throws -> Plan

    /// Begins a rollout and returns its id as soon as it is journaled; follow it with `entries`.
    /// What stands in its way is found in preflight, and journaled: it ends as refused. Asked again by the same key, it
    /// returns the rollout that was begun, whatever became of it.
    /// - Throws: `RolloutError.locked`, `.unknownRelease`, `.keyIsTaken`.
    func start(_ request: RolloutRequest, callerSecrets: [String: Secret]) async throws -> String

    /// What a rollback would restore, and what speaks against it; touches nothing.
    /// - Throws: as `rollback` does.
    func wayBack(environment: String, to bundle: Digest?) async throws -> WayBack

    /// Restores `bundle`, or the one before the current. While a rollout is in progress it turns that one back.
    /// - Parameters:
    ///   - evidence: the verdict that asks for it, with what that follows from, for the record.
    ///   - key: by which the caller asks again, should no answer come (`RequestKey`).
    /// - Returns: the id of the rollout that does it.
    func rollback(
        environment: String, to bundle: Digest?, reason: String?, by actor: String, evidence: JudgedLooks?, key: String?
    ) async throws -> String

    /// Does once more what a rollout did that was refused, aborted or taken back: the same release by the same list of
    /// steps, from its first step, or the same rollback. Asked twice, it is begun once.
    /// - Returns: the id of the rollout that does it.
    /// - Throws: as `start`; `RolloutError.notPossible` when there is nothing to do once more.
    func retry(
        _ rollout: String, by actor: String, reason: String?, callerSecrets: [String: Secret], key: String?
    ) async throws -> String

    func pause(_ rollout: String, by actor: String, reason: String?) async throws
    func resume(_ rollout: String, by actor: String, reason: String?) async throws
    func approve(_ rollout: String, by actor: String, reason: String?) async throws
    func abort(_ rollout: String, by actor: String, reason: String?) async throws

    func rollout(_ id: String) async throws -> Rollout
    /// Newest first.
    func history(environment: String, limit: Int) async throws -> [Rollout]
    /// Entries with a higher `seq`, in order.
    func journal(rollout: String, after seq: Int) async throws -> [JournalEntry]
    /// The same, then every new one as it is recorded; ends after the entry that carries the outcome.
    func entries(rollout: String, after seq: Int) -> AsyncThrowingStream<JournalEntry, any Error>

    /// Judges the rollout's recorded looks once more, and compares.
    func replay(_ rollout: String) async throws -> Replay

    /// What the services were under the bundles that proved themselves, by name.
    func baselines(environment: String) async throws -> [ServiceBaselines]
    /// Puts a baseline in force, until the next bundle proves itself.
    func setBaseline(
        _ baseline: LatencyBaseline, environment: String, service: String
    ) async throws -> BaselineRecord.Entry

    func state(environment: String) async throws -> EnvironmentState

    /// Continues what was interrupted, and makes sure that what should run runs. Called once, at start.
    /// - Parameter environments: the names that the project defines.
    func resumeAll(environments: [String]) async throws
    /// Lets go of everything; instances keep running.
    func shutDown() async
}

extension RolloutEngine {
    package func rollback(
        environment: String, to bundle: Digest?, reason: String?, by actor: String, evidence: JudgedLooks? = nil
    ) async throws -> String {
        try await rollback(
            environment: environment, to: bundle, reason: reason, by: actor, evidence: evidence, key: nil)
    }

    package func retry(
        _ rollout: String, by actor: String, reason: String?, callerSecrets: [String: Secret]
    ) async throws -> String {
        try await retry(rollout, by: actor, reason: reason, callerSecrets: callerSecrets, key: nil)
    }
}

package enum RolloutError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Somebody else's rollout is in progress (exit 8); `what` says which and why.
    case locked(environment: String, holder: String, rollout: String?, since: Timestamp, what: String? = nil)
    case unknownRelease(String)
    case unknownRollout(String)
    case unknownBundle(environment: String, bundle: Digest)
    case nothingToRollBackTo(environment: String)
    case finished(rollout: String, outcome: Outcome)
    case notPossible(String)
    /// A request's key was used before, for something else.
    case keyIsTaken(rollout: String)
    /// Another engine has taken over since: this one's write was refused.
    case staleLease(environment: String, holder: String)
    /// The release before cannot live with these migrations (exit 7).
    case breakingMigrations([PlannedMigration], before: String)
    /// What is recorded cannot be understood.
    case corrupt(rollout: String, reason: String)

    package var description: String {
        switch self {
        case .locked(let environment, let holder, let rollout, let since, let what):
            "\(environment) is locked by \(holder)\(rollout.map { " for rollout \($0)" } ?? "") since "
                + "\(since.rfc3339)\(what.map { " (\($0))" } ?? ""): wait for its end, or abort it"
                + (rollout.map { ": tidegate abort \($0)" } ?? "")
        case .unknownRelease(let version): "there is no release \(version): see tidegate release list"
        case .unknownRollout(let id): "there is no rollout \(id): see tidegate history"
        case .unknownBundle(let environment, let bundle):
            "\(environment) never ran bundle \(bundle): see tidegate history \(environment)"
        case .nothingToRollBackTo(let environment):
            "\(environment) has no earlier bundle to roll back to: name one with --to"
        case .finished(let rollout, let outcome):
            "rollout \(rollout) has ended (\(outcome.rawValue)): nothing to act on"
        case .notPossible(let sentence): sentence
        case .keyIsTaken(let rollout):
            "the request's key was used before, for rollout \(rollout), which is another thing: draw a new key"
        case .staleLease(let environment, let holder):
            "\(holder) has taken over \(environment): this engine no longer writes there"
        case .breakingMigrations(let migrations, let before): Course.refusal(migrations, before: before)
        case .corrupt(let rollout, let reason):
            "the record of rollout \(rollout) makes no sense (\(reason)): it is quarantined; see the runbook"
        }
    }
}
