import Definitions
import Storage

extension Performer {
    /// What stands in the way of the release now.
    func gates(
        _ terms: GateTerms, environment: String, release: String, reason: String?, overrides: [Gate],
        approvedBy: String?
    ) async throws -> [GateResult] {
        try await GateQuestion(
            database: database, source: gateSource, now: clock.now, environment: environment, release: release,
            reason: reason, overrides: overrides, approvedBy: approvedBy
        ).answer(terms)
    }

    /// Asks all gates once more, as the file asked when the rollout was prepared, and by what is on record now.
    func checkGates(_ action: Action, _ rollout: Rollout) async throws -> Event {
        let results = try await gates(
            rollout.course?.gates ?? GateTerms(), environment: rollout.environment, release: rollout.release,
            reason: rollout.reason, overrides: rollout.overrides ?? [], approvedBy: rollout.approvedBy)
        return .gatesChecked(.init(action: action.key, results: results))
    }
}

/// One question to all gates: gathers the facts, and lets them decide.
struct GateQuestion: Sendable {
    let database: any Database
    let source: any GateSource
    let now: Timestamp
    let environment: String
    let release: String
    let reason: String?
    let overrides: [Gate]
    let approvedBy: String?

    func answer(_ terms: GateTerms) async throws -> [GateResult] {
        let question = self
        var (facts, running) = try await database.read { connection in
            let release = try ReleaseRecord.release(question.release, connection)
            let facts = try GateFacts.read(
                terms, environment: question.environment, release: release, reason: question.reason, now: question.now,
                connection)
            return (facts, try EnvironmentRecord.state(question.environment, connection).current)
        }
        facts.approvedBy = approvedBy
        if terms.asked.spend == .refuse {
            facts.spend = .nothingRuns
            if let running { facts.spend = await source.spend(environment: environment, running: running) }
        }
        return Gates.evaluate(terms, facts, overrides: overrides, offset: zoneOffsetOfIANA)
    }
}
