import ControlPlane
import Definitions
import Rollouts

extension StubControl {
    private static let moment = Timestamp(microseconds: 1_000_000)

    private func sample(_ environment: String, _ id: String) -> FreezeDocument {
        FreezeDocument(
            Freeze(
                id: id, environment: environment, from: Self.moment, until: Self.moment + .seconds(60), reason: "sale",
                by: "ada", at: Self.moment), now: Self.moment)
    }

    func freezes(_ environment: String, all: Bool) async throws -> [FreezeDocument] {
        try ask("freezes \(environment) \(all)")
        return [sample(environment, "f-1")]
    }

    func freeze(_ environment: String, _ body: FreezeBody, by caller: Caller) async throws -> FreezeDocument {
        try ask("freeze \(environment) \(body.from ?? "-") \(body.until) \(body.reason)")
        return sample(environment, "f-1")
    }

    func liftFreeze(
        _ environment: String, _ id: String, _ body: ReasonBody, by caller: Caller
    ) async throws -> FreezeDocument {
        try ask("lift \(environment) \(id) \(body.reason ?? "-")")
        return sample(environment, id)
    }

    private func proof(_ release: String) -> EvidenceDocument {
        EvidenceDocument(.init(kind: .load, passed: true, at: Self.moment, by: "ada"), release: release)
    }

    func evidence(_ release: String) async throws -> [EvidenceDocument] {
        try ask("evidence \(release)")
        return [proof(release)]
    }

    func addEvidence(_ release: String, _ body: EvidenceBody, by caller: Caller) async throws -> EvidenceDocument {
        try ask("evidence \(release) \(body.kind) \(body.passed) \(body.file ?? "-")")
        return proof(release)
    }

    private func sample(_ id: String) -> IncidentDocument {
        IncidentDocument(
            Incident(
                id: id, environment: "dev", rollout: "r1", release: "v2", openedAt: Self.moment,
                verdicts: ["error rate"], costs: [.init(service: "api", requests: 100, failed: 8)],
                weights: [.init(at: Self.moment, service: "api", percent: 20)], outcome: .rolledBack))
    }

    func incidents(_ environment: String) async throws -> [IncidentDocument] {
        try ask("incidents \(environment)")
        return [sample("i-1")]
    }

    func incident(_ id: String) async throws -> IncidentDocument {
        try ask("incident \(id)")
        return sample(id)
    }

    func closeIncident(_ id: String, _ body: ReasonBody, by caller: Caller) async throws -> IncidentDocument {
        try ask("close \(id) \(body.reason ?? "-")")
        return sample(id)
    }
}
