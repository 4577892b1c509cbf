import ArgumentParser
import ControlPlane

struct BaselineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "baseline",
        abstract: "What services were under the last good bundle, which rollouts compare with.",
        subcommands: [Show.self, Set.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "The baselines in force, and what was measured under earlier bundles.",
            discussion: "Example: tidegate baseline show production")
        @Argument(help: "The environment.") var environment: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let baselines: [BaselineDocument] = try await options.connect().client.get(
                "/api/v1/environments/\(pathSegment(environment))/baselines")
            try options.write(baselines, text: BaselineText.list)
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "set",
            abstract: "Compare with something else, until the next bundle proves itself.",
            discussion: """
                Examples:
                  tidegate baseline set production api --bundle 3f2a91c0 --reason 'v7 was measured in an outage'
                  tidegate baseline set production api --latency 120 --reason 'before there is a measurement'
                """)
        @Argument(help: "The environment.") var environment: String
        @Argument(help: "The service.") var service: String
        @Option(help: "Take what was measured under this bundle: its digest, or the beginning of it.") var bundle:
            String?
        @Option(help: "Take this response time, in milliseconds.") var latency: Double?
        @Option(help: "The quantile that --latency is of (default: that of the latency threshold).") var quantile:
            Double?
        @Option(help: "Why; kept on record.") var reason: String
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard (bundle == nil) != (latency == nil) else {
                throw ValidationError("Give either --bundle or --latency.")
            }
        }

        func run() async throws {
            let baseline: BaselineDocument = try await options.connect().client.post(
                "/api/v1/environments/\(pathSegment(environment))/baselines",
                BaselineBody(
                    service: service, bundle: bundle, milliseconds: latency, quantile: quantile, reason: reason))
            try options.write(baseline) {
                "Rollouts of \(environment) compare \($0.service) with \(BaselineText.time($0))."
            }
        }
    }
}

enum BaselineText {
    static func list(_ baselines: [BaselineDocument]) -> String {
        if baselines.isEmpty {
            return "Nothing was measured yet: until a bundle has proved itself, absolute limits hold."
        }
        var table = Table(
            "SERVICE", "IN FORCE", "RESPONSE TIME", "ANSWERS", "FAILED", "BUNDLE", "RECORDED", "SET BY", "REASON")
        for baseline in baselines {
            table.add(
                baseline.service, baseline.inForce ? "yes" : "no", time(baseline), String(baseline.samples),
                baseline.errors.map(String.init) ?? "–", shortDigest(baseline.bundle), minute(baseline.recordedAt),
                baseline.setBy ?? "–", baseline.reason ?? "")
        }
        return table.text
    }

    /// `p95 84 ms`
    static func time(_ baseline: BaselineDocument) -> String {
        "p\(short(baseline.quantile * 100)) \(short(baseline.milliseconds)) ms"
    }

    private static func short(_ number: Double) -> String {
        let rounded = (number * 10).rounded() / 10
        return Int64(exactly: rounded).map(String.init) ?? "\(rounded)"
    }
}
