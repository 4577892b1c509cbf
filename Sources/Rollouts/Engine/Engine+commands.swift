import Definitions
import Secrets
import Storage

/// What people ask of a rollout.
extension Engine {
    package func pause(_ rollout: String, by actor: String, reason: String?) async throws {
        try await command(rollout, .paused(.init(by: actor, reason: reason)))
    }

    package func resume(_ rollout: String, by actor: String, reason: String?) async throws {
        try await command(rollout, .resumed(.init(by: actor, reason: reason)))
    }

    package func approve(_ rollout: String, by actor: String, reason: String?) async throws {
        try await command(rollout, .approved(.init(by: actor, reason: reason)))
    }

    package func abort(_ rollout: String, by actor: String, reason: String?) async throws {
        try await command(rollout, .abortRequested(.init(by: actor, reason: reason)))
    }

    func command(_ id: String, _ event: Event) async throws {
        let record = try await rollout(id)
        if let outcome = record.outcome {
            if case .abortRequested = event, outcome == .aborted { return }
            throw RolloutError.finished(rollout: id, outcome: outcome)
        }
        try await runner(id).command(event)
    }

    package func retry(
        _ rollout: String, by actor: String, reason: String?, callerSecrets: [String: Secret], key: String?
    ) async throws -> String {
        let (before, other) = try await parts.database.read { connection in
            let before = try Journal.rollout(rollout, connection)
            let running = try EnvironmentRecord.row(before.environment, connection).rollout
            return (before, try running.map { try Journal.rollout($0, connection) })
        }
        if let other, other.retries == rollout { return other.id }
        if let id = try await known(key, "retry of \(rollout)", before.environment) { return id }
        switch before.outcome {
        case nil: throw RolloutError.notPossible("rollout \(rollout) is under way: abort it first")
        case .succeeded: throw RolloutError.notPossible("rollout \(rollout) succeeded: there is nothing to retry")
        case .rolledBack where before.kind == .rollback:
            throw RolloutError.notPossible("\(rollout) went back to \(before.release): there is nothing to retry")
        case .rolledBack, .rollbackFailed, .aborted, .refused, .quarantined: break
        }
        return try await begin(
            .init(
                environment: before.environment, kind: before.kind, release: before.release, actor: actor,
                reason: reason ?? before.reason, strategy: before.strategy, machine: Rollout.machineVersion,
                target: before.target, tick: parts.tick, retries: rollout, source: before.source, key: key),
            callerSecrets: callerSecrets)
    }
}
