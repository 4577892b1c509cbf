/// What may be asked about gates: freezes, evidence, incidents.
package protocol GateControl: Sendable {
    /// Windows of the environment's file and freezes that people set; with `all` also those that are over.
    func freezes(_ environment: String, all: Bool) async throws -> [FreezeDocument]
    func freeze(_ environment: String, _ body: FreezeBody, by caller: Caller) async throws -> FreezeDocument
    func liftFreeze(_ environment: String, _ id: String, _ body: ReasonBody, by caller: Caller) async throws
        -> FreezeDocument
    /// Newest first.
    func evidence(_ release: String) async throws -> [EvidenceDocument]
    func addEvidence(_ release: String, _ body: EvidenceBody, by caller: Caller) async throws -> EvidenceDocument
    /// Newest first.
    func incidents(_ environment: String) async throws -> [IncidentDocument]
    func incident(_ id: String) async throws -> IncidentDocument
    func closeIncident(_ id: String, _ body: ReasonBody, by caller: Caller) async throws -> IncidentDocument
}
