import Analysis
import Definitions
import Rollouts
import Storage
import Synchronization
import TestSupport
import Testing

import struct Foundation.UUID

/// What each environment's file asks for, changed by tests as somebody edits it.
private final class Files: GateSource {
    let terms = Mutex<[String: GateTerms]>([:])
    let spend = Mutex(GateFacts.Spend.known(reached: []))

    init(_ terms: [String: GateTerms] = [:]) { self.terms.withLock { $0 = terms } }

    func terms(environment: String) async throws(PreflightError) -> GateTerms {
        terms.withLock { $0[environment] ?? GateTerms() }
    }

    func spend(environment: String, running: Bundle) async -> GateFacts.Spend { spend.withLock { $0 } }
}

extension Stage {
    fileprivate func roll(
        _ version: String, _ environment: String = "dev", reason: String? = nil, overrides: [Gate]? = nil
    ) async throws -> Rollout {
        let request = RolloutRequest(
            environment: environment, release: version, actor: "me", reason: reason, overrides: overrides)
        return try await end(try await engine.start(request, callerSecrets: [:]))
    }

    fileprivate var book: GateBook { GateBook(database: database, clock: clock, newID: { UUID().uuidString }) }

    fileprivate var isUntouched: Bool { world.state.withLock { $0.groups.isEmpty && $0.applied == 0 } }
}

@Suite(.timeLimit(.minutes(2))) struct `The engine and its gates` {
    private let promoting = ["prod": GateTerms(promotesFrom: "dev", asked: GateDefinition(evidence: [.smoke]))]

    @Test func `a release that has proved nothing is refused, untouched and on record`() async throws {
        let stage = try await Stage(gates: Files(promoting))
        let refused = try await stage.roll("v1", "prod", reason: "ticket 1")
        #expect(refused.outcome == .refused)
        #expect(refused.gates?.refusals.map(\.gate) == [.promotion, .evidence])
        #expect(stage.isUntouched)
        let journal = try await stage.engine.journal(rollout: refused.id, after: 0)
        #expect(journal.map(\.event.type) == ["requested", "preflight_refused"])
        #expect(
            refused.actor == "me" && refused.reason == "ticket 1" && refused.why?.contains("has not succeeded") == true)
        let plan = try await stage.engine.plan(
            RolloutRequest(environment: "prod", release: "v1", actor: "me"), callerSecrets: [:])
        #expect(plan.gates?.refusals.map(\.gate) == [.promotion, .evidence])
        await stage.close()
    }

    @Test func `what succeeded in the environment before goes on, with its smoke tests as evidence`() async throws {
        let stage = try await Stage(gates: Files(promoting))
        #expect(try await stage.roll("v1").outcome == .succeeded)
        let promoted = try await stage.roll("v1", "prod")
        #expect(promoted.outcome == .succeeded, "\(promoted.why ?? "")")
        #expect(promoted.gates?.allSatisfy { $0.state == .passed } == true)
        await stage.close()
    }

    @Test func `a gate that is overridden lets through, and everybody can see it`() async throws {
        let stage = try await Stage(gates: Files(promoting))
        let passed = try await stage.roll("v1", "prod", reason: "fire", overrides: [.promotion, .evidence])
        #expect(passed.outcome == .succeeded)
        #expect(passed.overrides == [.promotion, .evidence])
        #expect(passed.gates?.filter { $0.state == .overridden }.map(\.gate) == [.promotion, .evidence])
        guard case .requested(let request) = try await stage.engine.journal(rollout: passed.id, after: 0)[0].event
        else { return #expect(Bool(false)) }
        #expect(request.overrides == [.promotion, .evidence] && request.reason == "fire" && request.actor == "me")
        await stage.close()
    }

    @Test func `a freeze stops rollouts and no rollback, until it is lifted`() async throws {
        let stage = try await Stage()
        _ = try await stage.roll("v1")
        _ = try await stage.roll("v2")
        let freeze = try await stage.book.freeze(
            "dev", from: nil, until: stage.clock.now + .seconds(86_400), reason: "sale", by: "ada")
        let refused = try await stage.roll("v3")
        #expect(refused.outcome == .refused && refused.why?.contains("sale") == true)
        let back = try await stage.engine.rollback(environment: "dev", to: nil, reason: "so", by: "me")
        #expect(try await stage.end(back).outcome == .rolledBack)
        let lifted = try await stage.book.lift(freeze.id, environment: "dev", reason: "over", by: "bob")
        #expect(lifted.liftedBy == "bob")
        await #expect(throws: GateError.notInForce(freeze.id)) {
            try await stage.book.lift(freeze.id, environment: "dev", reason: "again", by: "bob")
        }
        #expect(try await stage.roll("v3").outcome == .succeeded)
        await stage.close()
    }

    @Test func `a rollout waits for a person across a restart of the engine`() async throws {
        let files = Files(["dev": GateTerms(asked: GateDefinition(approval: ApprovalDefinition(fourEyes: true)))])
        var stage = try await Stage(gates: files)
        let request = RolloutRequest(environment: "dev", release: "v1", actor: "me")
        let id = try await stage.engine.start(request, callerSecrets: [:])
        let first = stage.engine
        #expect(try await eventually { try await first.rollout(id).stage == .awaitingApproval })
        #expect(stage.isUntouched)
        await first.shutDown()
        stage.engine = Stage.engine(stage.database, stage.world, stage.clock, files)
        try await stage.engine.resumeAll(environments: ["dev"])
        await #expect(throws: TransitionError.self) { try await stage.engine.approve(id, by: "me", reason: nil) }
        try await stage.engine.approve(id, by: "ada", reason: "looks good")
        let done = try await stage.end(id)
        #expect(done.outcome == .succeeded, "\(done.why ?? "")")
        #expect(done.approvedBy == "ada")
        await stage.close()
    }

    @Test func `a release that was taken back leaves an incident, and the next one says why`() async throws {
        let stage = try await Stage()
        _ = try await stage.roll("v1")
        stage.world.state.withLock { $0.errorRates["v2"] = 0.3 }
        let bad = try await stage.roll("v2")
        #expect(bad.outcome == .rolledBack)
        let incident = try #require(try await stage.book.openIncident("dev"))
        #expect(incident.rollout == bad.id && incident.release == "v2" && incident.restored == "v1")
        #expect(incident.failed > 0 && incident.failed < incident.requests)
        #expect(incident.weights.map(\.percent) == [20, 0])
        #expect(incident.verdicts.first == bad.verdicts.first?.why)
        let block = try #require(try await stage.book.blocks("v2").first)
        #expect(block.by == "a verdict" && block.rollout == bad.id && block.environment == "dev" && block.at != nil)

        #expect(try await stage.roll("v3").gates?.refusals.map(\.gate) == [.incident])
        #expect(try await stage.roll("v3", reason: "without the query").outcome == .succeeded)
        let closed = try await stage.book.incident(incident.id)
        #expect(closed.closedAt != nil && closed.note?.contains("without the query") == true)
        await stage.close()
    }

    @Test func `a spend limit that is reached refuses where the file asks for it`() async throws {
        let files = Files(["dev": GateTerms(asked: GateDefinition(spend: .refuse))])
        let stage = try await Stage(gates: files)
        #expect(try await stage.roll("v1").outcome == .succeeded)
        files.spend.withLock { $0 = .known(reached: ["total: 25 of 25 USD"]) }
        #expect(try await stage.roll("v2").gates?.refusals.map(\.gate) == [.spend])
        // What runs already is no rollout.
        #expect(try await stage.roll("v1").outcome == .succeeded)
        await stage.close()
    }

    @Test func `an error budget that is used up refuses, by counts that outlive the engine`() async throws {
        let objective = ObjectiveDefinition(service: "api", availability: 0.99, window: .seconds(86_400))
        let stage = try await Stage(gates: Files(["dev": GateTerms(objectives: [objective])]))
        let now = stage.clock.now
        let long = now + .seconds(-3 * 86_400)
        try await stage.database.write { connection in
            for (sum, at) in [
                (TrafficSum(requests: 1_000, errors: 900), long), (TrafficSum(requests: 900, errors: 5), now),
            ] {
                try TrafficRecord.add(sum, environment: "dev", service: "api", now: at, connection)
            }
        }
        #expect(try await stage.roll("v1").outcome == .succeeded)
        try await stage.database.write { connection in
            try TrafficRecord.add(
                TrafficSum(requests: 100, errors: 6), environment: "dev", service: "api", now: now, connection)
        }
        #expect(try await stage.roll("v2").gates?.refusals.map(\.gate) == [.errorBudget])
        await stage.close()
    }
}
