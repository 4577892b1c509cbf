import ControlPlane
import Rollouts

extension StubControl {
    func costs(
        _ environment: String, by group: String, from: String?, until: String?
    ) async throws -> CostReportDocument {
        try ask("costs \(environment) by \(group)")
        throw Refusal("unknown_spend", "nothing runs", exit: .checkFailed)
    }
    func limits(_ environment: String) async throws -> [LimitDocument] {
        try ask("limits \(environment)")
        return []
    }
    func raise(_ environment: String, _ body: RaiseBody, by caller: Caller) async throws -> [LimitDocument] {
        try ask("raise \(environment) \(body.name) by \(caller.name): \(body.reason)")
        return []
    }
    func limitChanges(_ environment: String) async throws -> [LimitChangeDocument] {
        try ask("limit changes \(environment)")
        return []
    }
    func lift(_ environment: String, _ body: LiftBody, by caller: Caller) async throws -> [LimitDocument] {
        try ask("lift \(environment) \(body.scope) by \(caller.name): \(body.reason)")
        return []
    }
    func checkCosts(_ environment: String) async throws -> CostCheckDocument {
        try ask("check costs \(environment)")
        return CostCheckDocument(findings: [])
    }
    func prices(_ environment: String) async throws -> [PriceDocument] {
        try ask("prices \(environment)")
        return []
    }
    func addPrice(_ environment: String, _ body: PriceDocument, by caller: Caller) async throws -> [PriceDocument] {
        try ask("price \(environment) \(body.sku) by \(caller.name)")
        return [body]
    }
    func moves(_ environment: String, from before: String, to after: String) async throws -> [CostMoveDocument] {
        try ask("moves \(environment) \(before) \(after)")
        return []
    }
    func export(
        _ environment: String, as format: String, from: String?, until: String?
    ) async throws -> CostExportDocument {
        try ask("export \(environment) as \(format)")
        return CostExportDocument(from: from ?? "", until: until ?? "", format: format, text: "a,b\r\n")
    }
    func importCosts(_ environment: String, _ body: CostImportBody, by caller: Caller) async throws -> BookedDocument {
        try ask("import \(environment) from \(body.source) by \(caller.name)")
        return BookedDocument(new: 1, known: 0, cost: "1.000000000", currency: "USD")
    }
    func correct(_ environment: String, _ body: CorrectionBody, by caller: Caller) async throws -> BookedDocument {
        try ask("correct \(environment) \(body.sku) by \(caller.name): \(body.reason)")
        return BookedDocument(new: 1, known: 0, cost: body.amount, currency: "USD")
    }
    func reconcile(_ environment: String, _ body: InvoiceBody) async throws -> ReconciliationDocument {
        try ask("reconcile \(environment) with \(body.provider)")
        throw Refusal("bad_invoice", "The invoice has no lines", exit: .usage)
    }
}
