/// What may be asked about alerts and silences.
package protocol AlertControl: Sendable {
    /// What fires first, then what is pending, then what is over.
    func alerts(_ environment: String?) async throws -> [AlertDocument]
    /// Why an alert was told to whom, or why it was not.
    /// - Parameter subject: an alert's id, the beginning of one, or the name of a rule.
    func explainAlerts(_ subject: String, environment: String?) async throws -> [AlertExplanationDocument]
    func acknowledge(_ environment: String, _ id: String, _ body: ReasonBody, by caller: Caller) async throws
        -> AlertDocument
    /// Sends a real notification, and says what came of it.
    func testAlerts(_ environment: String, _ body: AlertTestBody, by caller: Caller) async throws
        -> [AlertTestDocument]
    func alertRules(_ environment: String) async throws -> [AlertRuleDocument]
    func silences(_ environment: String) async throws -> [SilenceDocument]
    func silence(_ environment: String, _ body: SilenceBody, by caller: Caller) async throws -> SilenceDocument
    func expireSilence(_ environment: String, _ id: String, by caller: Caller) async throws -> SilenceDocument
    /// Something that reports regularly has reported.
    func beat(_ environment: String, _ name: String) async throws -> HeartbeatDocument
}
