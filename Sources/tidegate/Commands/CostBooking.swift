import ArgumentParser
import ControlPlane
import Foundation

struct CostImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Book what others spent, line by line, from what they report.",
        discussion: """
            The whole file or nothing. A charge that was booked before is booked once. What was imported counts in reports, by its
            time, and for no budget.
            Examples: tidegate cost import production november.csv --source azure --ids x_InvoiceLineId
                      tidegate cost import production staging.json --source staging --format json
            """)
    @Argument(help: "The environment.") var environment: String
    @Argument(help: "The file.", completion: .file()) var file: String
    @Option(help: "Who reports it; reports name it.") var source: String
    @Option(help: "focus (FOCUS, CSV), csv or json (an object a line): what cost export writes.") var format = "focus"
    @Option(help: "The column that names each charge for ever; x_ChargeId or id without it.") var ids: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let body = CostImportBody(
            format: format, source: source, ids: ids, text: try InputFile.text(file))
        let booked: BookedDocument = try await options.connect().client.post(
            "/api/v1/environments/\(pathSegment(environment))/costs/import", body)
        try options.write(booked, text: CostText.booked)
    }
}

struct CostCorrectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "correct", abstract: "Book the difference between what was booked and what is right.",
        discussion: """
            A row of its own: what was booked before stays. Asking twice with the same --id is asking once.
            Example: tidegate cost correct production text-embedding-3-small --by -0.25 --at 2026-11-20T00:00Z \
            --id invoice-17 --reason 'the invoice of November'
            """)
    @Argument(help: "The environment.") var environment: String
    @Argument(help: "What was called, such as text-embedding-3-small.") var sku: String
    @Option(name: .customLong("by"), parsing: .unconditional, help: "Dollars; with a minus when less was spent.")
    var amount: String
    @Option(help: "The time that it counts for.") var at: String
    @Option(help: "Names the correction for ever, such as the invoice's line.") var id: String
    @Option(help: "Why; kept on record.") var reason: String
    @Option(help: "The service whose costs they are.") var service: String?
    @Option(help: "The release whose costs they are.") var release: String?
    @Option(help: "The user whose costs they are.") var user: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        var body = CorrectionBody(
            id: id, sku: sku, amount: amount, at: try WrittenTime.moment(at, now: WrittenTime.now), reason: reason)
        (body.service, body.release, body.user) = (service, release, user)
        let booked: BookedDocument = try await options.connect().client.post(
            "/api/v1/environments/\(pathSegment(environment))/costs/corrections", body)
        try options.write(booked, text: CostText.booked)
    }
}
