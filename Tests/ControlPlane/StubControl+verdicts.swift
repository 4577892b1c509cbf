import ControlPlane

extension StubControl {
    static let baseline = BaselineDocument(
        service: "api", inForce: true, bundle: Sample.bundle, quantile: 0.95, milliseconds: 84, samples: 1_204,
        requests: 1_210, errors: 3, recordedAt: "2026-11-21T01:00:00.000Z")

    func baselines(_ environment: String) async throws -> [BaselineDocument] {
        try ask("baselines \(environment)")
        return [Self.baseline]
    }

    func setBaseline(_ environment: String, _ body: BaselineBody, by caller: Caller) async throws -> BaselineDocument {
        try ask("baseline \(environment) \(body.service) \(body.bundle ?? "\(body.milliseconds ?? 0)") \(caller.name)")
        return Self.baseline
    }

    func replay(rollout: String) async throws -> ReplayDocument {
        try ask("replay \(rollout)")
        return ReplayDocument(
            rollout: rollout, looks: 12,
            verdicts: [
                .init(
                    seq: 9, at: "2026-11-21T01:00:00.000Z", signal: "error_rate", service: "api", verdict: "fail",
                    why: "4 of 20 requests failed", differences: ["e: 1400.2 then, 1400.3 now"])
            ])
    }
}
