import ArgumentParser
import ControlPlane
import Rollouts

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "What is firing, who heard of it, and why.",
        subcommands: [List.self, Explain.self, Acknowledge.self, Test.self, Rules.self, Check.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Alerts, firing ones first.", discussion: "Example: tidegate alerts list production")
        @Argument(help: "The environment; all of them without.") var environment: String?
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let alerts: [AlertDocument] = try await options.connect().client.get(
                "/api/v1/alerts", query: environment.map { [("environment", $0)] } ?? [])
            try options.write(alerts, text: AlertText.list)
        }
    }

    struct Explain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "explain", abstract: "Why an alert was told, to whom and when; or why it was not.",
            discussion: "Example: tidegate alerts explain ServiceDown --environment production")
        @Argument(help: "An alert's id, the beginning of one, or a rule's name.") var alert: String
        @Option(help: "The environment; all of them without.") var environment: String?
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let explanations: [AlertExplanationDocument] = try await options.connect().client.get(
                "/api/v1/alerts/\(pathSegment(alert))/explanation",
                query: environment.map { [("environment", $0)] } ?? [])
            try options.write(explanations, text: AlertText.explanations)
        }
    }

    struct Acknowledge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "acknowledge",
            abstract: "Say that you have an alert in hand: it is not repeated, and nobody else is called.",
            discussion: "Example: tidegate alerts acknowledge production ServiceDown --reason 'on it'")
        @Argument(help: "The environment.") var environment: String
        @Argument(help: "The alert's id, the beginning of one, or its name.") var alert: String
        @Option(help: "What you do about it; kept on record.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let path = "/api/v1/environments/\(pathSegment(environment))/alerts/\(pathSegment(alert))/acknowledge"
            let known: AlertDocument = try await options.connect().client.post(path, ReasonBody(reason: reason))
            try options.write(known) {
                "\($0.name) in \($0.environment) is acknowledged by \($0.acknowledgedBy ?? "you")."
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Send a real notification, and say what came of it.",
            discussion: "Example: tidegate alerts test production --receiver pager")
        @Argument(help: "The environment.") var environment: String
        @Option(help: "One receiver; without it those whom the labels lead to.") var receiver: String?
        @Option(name: .customLong("label"), help: "A label of the alert, such as severity=warning; may be repeated.")
        var labels: [String] = []
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            var known: [String: String] = [:]
            for label in labels {
                let parts = label.split(separator: "=", maxSplits: 1).map(String.init)
                guard parts.count == 2 else { throw ValidationError("\(label) is no label; write NAME=VALUE.") }
                known[parts[0]] = parts[1]
            }
            let results: [AlertTestDocument] = try await options.connect().client.post(
                "/api/v1/environments/\(pathSegment(environment))/alerts/test",
                AlertTestBody(receiver: receiver, labels: known))
            try options.write(results, text: AlertText.tests)
            if results.contains(where: { !$0.delivered }) { throw ExitCode(ExitStatus.checkFailed.rawValue) }
        }
    }

    struct Rules: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rules", abstract: "The rules of an environment, those that are built in among them.",
            discussion: "Example: tidegate alerts rules production")
        @Argument(help: "The environment.") var environment: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let rules: [AlertRuleDocument] = try await options.connect().client.get(
                "/api/v1/environments/\(pathSegment(environment))/alert-rules")
            try options.write(rules, text: AlertText.rules)
        }
    }

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Run the tests of rules, on a clock of their own. Needs no engine.",
            discussion: "Example: tidegate alerts check alerts/tests/pipeline.yaml")
        @Argument(help: "Files of tests; without them, all under alerts/tests/.") var files: [String] = []
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let report = try RuleTestReport.run(files, in: try options.findProject(), now: SystemClock().now)
            try options.write(report, text: AlertText.checked)
            if !report.passed { throw ExitCode(ExitStatus.checkFailed.rawValue) }
        }
    }
}

struct SilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence", abstract: "Alerts that somebody knows of, and does not want to be told of.",
        subcommands: [Add.self, List.self, Expire.self])

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Keep alerts quiet for a while; what was told is still told to be over.",
            discussion:
                "Example: tidegate silence add production alertname=DiskNearlyFull --until 2h --reason 'a new disk comes'"
        )
        @Argument(help: "The environment.") var environment: String
        @Argument(
            help: "Conditions on labels, all of which must hold, such as service=api or severity=~\"info|warning\".")
        var matchers: [String]
        @Option(help: "When it begins, such as 2026-12-24T16:00Z; now without it.") var from: String?
        @Option(help: "When it ends, such as 2026-12-27T08:00+01:00, or a time from now such as 4h.") var until: String
        @Option(help: "Why; whoever misses an alert reads it.") var reason: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let now = WrittenTime.now
            let body = SilenceBody(
                matchers: matchers, from: try from.map { try WrittenTime.moment($0, now: now) },
                until: try WrittenTime.moment(until, now: now), comment: reason)
            let silence: SilenceDocument = try await options.connect().client.post(
                "/api/v1/environments/\(pathSegment(environment))/silences", body)
            try options.write(silence) {
                "\($0.matchers.joined(separator: ", ")) is silent until \(minute($0.endsAt)): \($0.id)"
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Silences in force and to come, and what they keep quiet.",
            discussion: "Example: tidegate silence list production")
        @Argument(help: "The environment.") var environment: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let silences: [SilenceDocument] = try await options.connect().client.get(
                "/api/v1/environments/\(pathSegment(environment))/silences")
            try options.write(silences, text: AlertText.silences)
        }
    }

    struct Expire: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "expire", abstract: "End a silence before its time.",
            discussion: "Example: tidegate silence expire production s-4k2m")
        @Argument(help: "The environment.") var environment: String
        @Argument(help: "The silence's id.") var silence: String
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            let path = "/api/v1/environments/\(pathSegment(environment))/silences/\(pathSegment(silence))/expire"
            let expired: SilenceDocument = try await options.connect().client.post(path, ReasonBody(reason: nil))
            try options.write(expired) { "\($0.id) is over." }
        }
    }
}
