import ArgumentParser
import ControlPlane

struct CostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost", abstract: "What the environments spend.",
        subcommands: [
            Report.self, Budget.self, Prices.self, Moves.self, CostExportCommand.self, CostImportCommand.self,
            CostCorrectCommand.self, CostReconcileCommand.self, CostCheckCommand.self,
        ])

    struct Report: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "report",
            abstract:
                "Today's spend against its budgets, and what the month will cost; with --by or --day, what a time did.",
            discussion: """
                Examples: tidegate cost report dev --json
                          tidegate cost report production --day yesterday --by user
                          tidegate cost report production --day 2026-11-21 --zone Europe/Berlin
                          tidegate cost report production --by release --from 2026-11-21T06:00Z --until 2026-11-21T18:00Z
                """)
        @Argument(help: "The environment.") var environment: String
        @Option(help: "day, provider, model, service, release, user or document.") var by: String?
        @Option(help: "When it begins, such as 2026-11-21T00:00Z; the month's beginning without it.") var from: String?
        @Option(help: "When it ends; now without it.") var until: String?
        @Option(help: "A whole day: yesterday, today, or one such as 2026-11-21.") var day: String?
        @Option(help: "Where that day is reckoned, such as Europe/Berlin; UTC without it.") var zone: String?
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard day == nil || from == nil && until == nil else {
                throw ValidationError("Say --day, or --from and --until.")
            }
            guard zone == nil || day != nil else { throw ValidationError("--zone says where --day is reckoned.") }
        }

        func run() async throws {
            let path = "/api/v1/environments/\(pathSegment(environment))"
            guard by != nil || from != nil || until != nil || day != nil else { return try await today(path) }
            let report: CostReportDocument = try await options.connect().client.get(
                "\(path)/costs", query: [("by", by ?? "provider")] + times())
            try options.write(report, text: CostText.report)
        }

        private func today(_ path: String) async throws {
            let client = try await options.connect().client
            let spend: SpendDocument = try await client.get("\(path)/spend")
            try options.write(spend, text: SpendText.text)
            guard !options.json else { return }
            let month: CostReportDocument = try await client.get("\(path)/costs")
            Terminal.line(CostText.forecast(month))
        }

        private func times() throws -> [(String, String)] {
            let now = WrittenTime.now
            if let day {
                let bounds = try WrittenTime.day(day, zone: zone ?? "UTC", now: now)
                return [("from", bounds.from), ("until", bounds.until)]
            }
            return try [("from", from), ("until", until)].compactMap { name, text in
                try text.map { (name, try WrittenTime.moment($0, now: now)) }
            }
        }
    }

    struct Budget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "budget", abstract: "Budgets and request limits; raises one for a while.",
            discussion: """
                Examples: tidegate cost budget production
                          tidegate cost budget production --changes
                          tidegate cost budget production --raise openai --to 50 --until 4h --reason 'the backlog'
                          tidegate cost budget production --lift openai --reason 'the estimate was mended'
                """)
        @Argument(help: "The environment.") var environment: String
        @Flag(help: "Who changed limits, from what to what, when and why; the latest first.") var changes = false
        @Option(help: "The name of what to set anew.") var raise: String?
        @Option(help: "The name of a provider that is frozen, to go on.") var lift: String?
        @Option(help: "Dollars.") var to: String?
        @Option(help: "How many requests.") var requests: Int64?
        @Option(help: "Until when, such as 4h, or 2026-11-23T08:00Z.") var until: String?
        @Option(help: "Why; kept on record.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard !changes || (raise, lift, to, until, reason) == (nil, nil, nil, nil, nil) && requests == nil else {
                throw ValidationError("Ask for changes by itself: --changes.")
            }
            guard lift == nil else {
                guard raise == nil, to == nil, requests == nil, until == nil else {
                    throw ValidationError("Lift by itself: --lift NAME --reason TEXT.")
                }
                guard reason != nil else { throw ValidationError("Say why: --reason TEXT.") }
                return
            }
            guard raise != nil else {
                if to != nil || requests != nil || until != nil || reason != nil {
                    throw ValidationError("Say what to raise: --raise NAME.")
                }
                return
            }
            guard to != nil || requests != nil else {
                throw ValidationError("Say how much: --to 50, or --requests 200.")
            }
            guard until != nil, reason != nil else {
                throw ValidationError("Say until when, and why: --until 4h --reason TEXT.")
            }
        }

        func run() async throws {
            let path = "/api/v1/environments/\(pathSegment(environment))/limits"
            if changes {
                let changes: [LimitChangeDocument] = try await options.connect().client.get("\(path)/changes")
                return try options.write(changes, text: CostText.changes)
            }
            if let lift, let reason {
                let limits: [LimitDocument] = try await options.connect().client.post(
                    "\(path)/lift", LiftBody(scope: lift, reason: reason))
                return try options.write(limits, text: CostText.limits)
            }
            guard let raise, let until, let reason else {
                let limits: [LimitDocument] = try await options.connect().client.get(path)
                return try options.write(limits, text: CostText.limits)
            }
            let body = RaiseBody(
                name: raise, limit: to, requests: requests,
                until: try WrittenTime.moment(until, now: WrittenTime.now), reason: reason)
            let limits: [LimitDocument] = try await options.connect().client.post(path, body)
            try options.write(limits, text: CostText.limits)
        }
    }

    struct Prices: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "prices", abstract: "What providers charge, since when, and who says so.",
            discussion: "Example: tidegate cost prices list production",
            subcommands: [List.self, Add.self])

        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "list", abstract: "All prices, by name and age.",
                discussion: "Example: tidegate cost prices list production")
            @Argument(help: "The environment.") var environment: String
            @OptionGroup var options: GlobalOptions

            func run() async throws {
                let prices: [PriceDocument] = try await options.connect().client.get(
                    "/api/v1/environments/\(pathSegment(environment))/prices")
                try options.write(prices, text: CostText.prices)
            }
        }

        struct Add: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "add", abstract: "Add a price, which holds from a time on; prices never change.",
                discussion: """
                    Example: tidegate cost prices add production text-embedding-3-small --provider openai --unit token \
                    --amount 0.02 --per 1000000 --from 2026-12-01T00:00Z --source https://openai.com/api/pricing
                    """)
            @Argument(help: "The environment.") var environment: String
            @Argument(help: "What is called, such as text-embedding-3-small.") var sku: String
            @Option(help: "Whose budget it counts against.") var provider: String
            @Option(help: "What is counted, such as token or page.") var unit: String
            @Option(help: "Dollars.") var amount: String
            @Option(help: "For how many units.") var per: Int64 = 1
            @Option(help: "From when on; today at the earliest.") var from: String
            @Option(help: "Where the price was read.") var source: String
            @OptionGroup var options: GlobalOptions

            func run() async throws {
                let body = PriceDocument(
                    sku: sku, provider: provider, unit: unit, amount: amount, per: per,
                    from: try WrittenTime.moment(from, now: WrittenTime.now), source: source)
                let prices: [PriceDocument] = try await options.connect().client.post(
                    "/api/v1/environments/\(pathSegment(environment))/prices", body)
                try options.write(prices, text: CostText.prices)
            }
        }
    }

    struct Moves: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "moves", abstract: "What costs more, or less, since a release.",
            discussion: "Example: tidegate cost moves production v1 v2")
        @Argument(help: "The environment.") var environment: String
        @Argument(help: "The earlier release.") var before: String
        @Argument(help: "The later release.") var after: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let moves: [CostMoveDocument] = try await options.connect().client.get(
                "/api/v1/environments/\(pathSegment(environment))/costs/moves",
                query: [("from", before), ("to", after)])
            try options.write(moves, text: CostText.moves)
        }
    }
}
