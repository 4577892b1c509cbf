import OpenMetrics

/// Who asks: for the record, not for access.
package struct Caller: Sendable, Equatable {
    package var name: String
    /// By which the same question is known again (the header `Idempotency-Key`).
    package var key: String?

    package init(name: String, key: String? = nil) {
        self.name = name
        self.key = key
    }
}

/// Everything that may be asked of the control plane. The API, and so the command line, and the dashboard are three
/// faces of it. Whatever is not done is a `Refusal`; other errors are faults, and say only that.
package protocol Control: SecretControl, VerdictControl, GateControl, AlertControl, CostControl {
    func engine() async -> EngineDocument
    /// What Prometheus scrapes.
    func metrics() async throws -> OpenMetricsText
    /// Ends instances, routers and the engine itself, soon after it has answered. What was recorded stays, and the next
    /// engine brings everything back.
    func stop() async
    func environments() async throws -> [EnvironmentDocument]
    func status(_ environment: String) async throws -> StatusDocument
    func wanted(_ environment: String) async throws -> WantedDocument
    func plan(_ environment: String, _ request: RolloutBody) async throws -> PlanDocument
    func start(_ environment: String, _ request: RolloutBody, by caller: Caller) async throws -> StartedDocument
    /// - Parameter body: asks every source of a secret anew, with the caller's own values; nil takes what is known.
    func drift(_ environment: String, _ body: DriftBody?) async throws -> DriftReportDocument
    func fixDrift(_ environment: String, _ body: DriftBody, by caller: Caller) async throws -> DriftFixDocument
    /// What a rollback would restore, and what speaks against it.
    /// - Parameter target: a bundle or a release; nil is the one before.
    func wayBack(_ environment: String, to target: String?) async throws -> WayBackDocument
    func rollBack(_ environment: String, _ request: RollbackBody, by caller: Caller) async throws -> StartedDocument
    func history(_ environment: String) async throws -> [RolloutDocument]
    func rollout(_ id: String) async throws -> RolloutDocument
    func act(_ action: RolloutAction, on rollout: String, _ request: ReasonBody, by caller: Caller) async throws
        -> RolloutDocument
    /// Does once more what a rollout did that did not succeed.
    func retry(_ rollout: String, _ request: RetryBody, by caller: Caller) async throws -> StartedDocument
    /// The rollout's events after `seq`, then those to come, then the finished line; with `follow` false, those there are.
    func lines(rollout: String, after seq: Int64, follow: Bool) async throws -> AsyncThrowingStream<
        RolloutLine, any Error
    >

    /// What stands in the way of a rollout, as it is found out; the finished line comes last. Nothing is changed.
    func preflight(_ environment: String, _ request: PreflightBody) async throws -> AsyncThrowingStream<
        PreflightLine, any Error
    >

    func releases() async throws -> [ReleaseDocument]
    func contracts(ofRelease version: String) async throws -> ReleaseContractsDocument
    func release(_ version: String) async throws -> ReleaseDocument
    func create(_ request: ReleaseBody, by caller: Caller) async throws -> ReleaseDocument
    func unblock(_ version: String, _ request: ReasonBody, by caller: Caller) async throws -> ReleaseDocument

    func smoke(_ environment: String, _ request: SmokeBody) async throws -> [SmokeDocument]
    /// The last `lines` of each instance that `target` names (a service, an instance, or all), then what they write from
    /// now on if `follow`.
    func logs(_ environment: String, target: String?, lines: Int, follow: Bool) async throws -> AsyncThrowingStream<
        LogLineDocument, any Error
    >
    func spend(_ environment: String) async throws -> SpendDocument
    /// The newest events of an environment, oldest first.
    func journal(_ environment: String, limit: Int) async throws -> [EventDocument]
    /// What happens anywhere from now on, for pages that are open.
    func changes(after position: Int64?) async -> AsyncStream<ChangeDocument>
}

/// Something changed in an environment: what an open page hears.
package struct ChangeDocument: Codable, Sendable, Equatable {
    /// Grows by one with each change of this engine's life.
    package var position: Int64
    package var environment: String
    package var event: EventDocument?

    package init(position: Int64, environment: String, event: EventDocument?) {
        self.position = position
        self.environment = environment
        self.event = event
    }
}
