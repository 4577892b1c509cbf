import ArgumentParser
import ControlPlane
import Foundation

struct CostExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write what was spent, line by line, for others to read.",
        discussion: """
            Examples: tidegate cost export production --from 2026-11-01T00:00Z --until 2026-12-01T00:00Z > november.csv
                      tidegate cost export production --format json
            """)
    @Argument(help: "The environment.") var environment: String
    @Option(help: "focus (FOCUS 1.4, CSV), csv or json (an object a line).") var format = "focus"
    @Option(help: "When it begins, such as 2026-11-01T00:00Z; the month's beginning without it.") var from: String?
    @Option(help: "When it ends, exclusive; without it the last hour that is over, with all its calls.")
    var until: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let now = WrittenTime.now
        let times = try [("from", from), ("until", until)].compactMap { name, text in
            try text.map { (name, try WrittenTime.moment($0, now: now)) }
        }
        let export: CostExportDocument = try await options.connect().client.get(
            "/api/v1/environments/\(pathSegment(environment))/costs/export", query: [("format", format)] + times)
        if until == nil {
            FileHandle.standardError.write(Data("Written until \(export.until), where the last hour ended.\n".utf8))
        }
        try options.write(export) { $0.text.trimmingCharacters(in: .newlines) }
    }
}

struct CostReconcileCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile", abstract: "Compare a provider's invoice with the ledger; nothing is changed.",
        discussion: """
            The invoice is CSV: in FOCUS (SkuId and BilledCost), or with the columns sku and cost. Exit 4 when they differ.
            Example: tidegate cost reconcile production openai --invoice november.csv --from 2026-11-01T00:00Z \
            --until 2026-12-01T00:00Z
            """)
    @Argument(help: "The environment.") var environment: String
    @Argument(help: "Whose invoice it is, such as openai.") var provider: String
    @Option(help: "The file.", completion: .file(extensions: ["csv"])) var invoice: String
    @Option(help: "When the invoiced time begins.") var from: String
    @Option(help: "When it ends, exclusive.") var until: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let now = WrittenTime.now
        let body = InvoiceBody(
            provider: provider, from: try WrittenTime.moment(from, now: now),
            until: try WrittenTime.moment(until, now: now), text: try InputFile.text(invoice))
        let reconciliation: ReconciliationDocument = try await options.connect().client.post(
            "/api/v1/environments/\(pathSegment(environment))/costs/reconciliation", body)
        try options.write(reconciliation, text: CostText.reconciliation)
        if reconciliation.lines.contains(where: { $0.invoiced != $0.booked }) {
            throw ExitCode(ExitStatus.checkFailed.rawValue)
        }
    }
}

struct CostCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Whether the books are right: every sum that is kept against the rows.",
        discussion: """
            It reads every row, and changes nothing. Exit 4 when something is wrong.
            Example: tidegate cost check production
            """)
    @Argument(help: "The environment.") var environment: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let check: CostCheckDocument = try await options.connect().client.get(
            "/api/v1/environments/\(pathSegment(environment))/costs/check")
        try options.write(check) { $0.findings.isEmpty ? "The books are right." : $0.findings.joined(separator: "\n") }
        guard check.findings.isEmpty else { throw ExitCode(ExitStatus.checkFailed.rawValue) }
    }
}
