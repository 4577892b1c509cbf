import ControlPlane

extension StubControl {
    private static let when = "2026-01-01T00:00:00.000Z"

    func alerts(_ environment: String?) async throws -> [AlertDocument] {
        try ask("alerts \(environment ?? "-")")
        return Sample.status.alerts
    }

    func explainAlerts(_ subject: String, environment: String?) async throws -> [AlertExplanationDocument] {
        try ask("explain \(subject) \(environment ?? "-")")
        return []
    }

    func acknowledge(
        _ environment: String, _ id: String, _ body: ReasonBody, by caller: Caller
    ) async throws -> AlertDocument {
        try ask("acknowledge \(environment) \(id) \(body.reason ?? "-") by \(caller.name)")
        return Sample.status.alerts[0]
    }

    func testAlerts(
        _ environment: String, _ body: AlertTestBody, by caller: Caller
    ) async throws -> [AlertTestDocument] {
        try ask("test \(environment) \(body.receiver ?? "-")")
        return [AlertTestDocument(receiver: "us", kind: "webhook", delivered: true, failure: nil, seconds: 0.1)]
    }

    func alertRules(_ environment: String) async throws -> [AlertRuleDocument] {
        try ask("rules \(environment)")
        return []
    }

    func silences(_ environment: String) async throws -> [SilenceDocument] {
        try ask("silences \(environment)")
        return [silence(environment, "s-1")]
    }

    func silence(_ environment: String, _ body: SilenceBody, by caller: Caller) async throws -> SilenceDocument {
        try ask("silence \(environment) \(body.matchers.joined(separator: ",")) until \(body.until)")
        return silence(environment, "s-1")
    }

    func expireSilence(_ environment: String, _ id: String, by caller: Caller) async throws -> SilenceDocument {
        try ask("expire \(environment) \(id)")
        return silence(environment, id)
    }

    func beat(_ environment: String, _ name: String) async throws -> HeartbeatDocument {
        try ask("beat \(environment) \(name)")
        return HeartbeatDocument(environment: environment, heartbeat: name, at: Self.when, dueAt: Self.when)
    }

    private func silence(_ environment: String, _ id: String) -> SilenceDocument {
        SilenceDocument(
            id: id, environment: environment, state: "active", matchers: ["service=\"api\""], startsAt: Self.when,
            endsAt: Self.when, createdBy: "ada", comment: "known")
    }
}
