import Rollouts

/// What is asked of an environment's ledger.
package protocol CostControl: Sendable {
    /// - Parameters:
    ///   - from: RFC 3339; nil for the beginning of the UTC month.
    ///   - until: exclusive; nil for now.
    func costs(_ environment: String, by group: String, from: String?, until: String?) async throws
        -> CostReportDocument
    func limits(_ environment: String) async throws -> [LimitDocument]
    func raise(_ environment: String, _ body: RaiseBody, by caller: Caller) async throws -> [LimitDocument]
    /// Who changed limits, the latest first.
    func limitChanges(_ environment: String) async throws -> [LimitChangeDocument]
    /// Lets a frozen scope go on.
    func lift(_ environment: String, _ body: LiftBody, by caller: Caller) async throws -> [LimitDocument]
    /// Whether the books are right.
    func checkCosts(_ environment: String) async throws -> CostCheckDocument
    func prices(_ environment: String) async throws -> [PriceDocument]
    func addPrice(_ environment: String, _ body: PriceDocument, by caller: Caller) async throws -> [PriceDocument]
    func moves(_ environment: String, from before: String, to after: String) async throws -> [CostMoveDocument]
    /// - Parameter format: `focus`, `csv` or `json`.
    func export(_ environment: String, as format: String, from: String?, until: String?) async throws
        -> CostExportDocument
    /// Books what others spent.
    func importCosts(_ environment: String, _ body: CostImportBody, by caller: Caller) async throws -> BookedDocument
    func correct(_ environment: String, _ body: CorrectionBody, by caller: Caller) async throws -> BookedDocument
    func reconcile(_ environment: String, _ body: InvoiceBody) async throws -> ReconciliationDocument
}
