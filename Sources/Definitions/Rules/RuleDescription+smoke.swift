extension RuleDescription {
    /// Within the files of smoke suites, and between them and what they prove.
    static let smokeSuites: [RuleDescription] = [
        .init(
            "smoke.step", "A step of a smoke suite does exactly one thing.",
            "Of two requests in one step nobody could say which of them failed.",
            wrong: suite("- get: /documents\n  post: /documents"),
            right: suite("- get: /documents\n- post: /documents"),
            stage: .wholeProject, mustHold: true),
        .init(
            "smoke.path", "What a step looks at in an answer is a path into JSON.", "Nothing would be compared.",
            wrong: suite("- get: ${readiness}\n  expect: { json: { state: ready } }"),
            right: suite("- get: ${readiness}\n  expect: { json: { $.state: ready } }"), stage: .wholeProject,
            mustHold: true
        ),
        .init(
            "smoke.unknown-name", "A step uses only what an earlier one has saved.",
            "The text `${…}` would be sent as it is.",
            wrong: suite("- get: /documents/${document}"),
            right: suite("- post: /documents\n  save: { document: $.id }\n- get: /documents/${document}"),
            stage: .wholeProject, mustHold: true),
        .init(
            "smoke.never-runs", "A suite is for services that the environment has.",
            "It would be skipped in silence, and nothing would be proved by it.",
            wrong: suite("- get: ${readiness}", needs: "api, mailer"), right: suite("- get: ${readiness}"),
            severity: .warning, stage: .wholeProject),
        .init(
            "smoke.unanswered", "A suite is one of those that the services' contracts name.",
            "A release that never promised to answer it would be taken back for nothing.",
            wrong: suite("- get: ${readiness}", name: "healthy"), right: suite("- get: ${readiness}", name: "health"),
            severity: .warning, stage: .wholeProject),
        .init(
            "smoke.not-run", "The environment runs every suite that its services' contracts name.",
            "What an artifact offers as its proof would not be asked of it.",
            wrong: .contract("api", #"{ "smoke_suites": ["health", "document"] }"#),
            right: .contract("api", #"{ "smoke_suites": ["health"] }"#), severity: .warning, stage: .wholeProject),
        .init(
            "smoke.unknown-service", "A step asks services that the environment has.",
            "Nobody would answer, and every rollout would be taken back.",
            wrong: suite("- get: ${readiness}\n  service: apy"), right: suite("- get: ${readiness}\n  service: api"),
            stage: .wholeProject),
        .init(
            "smoke.health-path", "Health is asked for at the paths of the contract.",
            "Another path answers 404, or answers for something else.",
            wrong: suite("- get: /healthz"), right: suite("- get: ${readiness}"), stage: .wholeProject),
    ]

    /// What tells people of trouble, and what they do then.
    static let runbooks: [RuleDescription] = [
        .init(
            "alerts.no-runbook", "Every alert that may reach somebody has a page that says what to do.",
            "At three in the morning nobody finds out from an alert's name alone.",
            wrong: .absent("runbooks/disk-full.md"),
            right: .file("runbooks/disk-full.md", "# The disk is full\n\n1. See what fills it: `df -h`\n"),
            severity: .warning, stage: .wholeProject)
    ]

    /// Against a release that is to be rolled out.
    static let releases: [RuleDescription] = [
        .init(
            "release.service", "A release brings an artifact for every service of the environment.",
            "A service without one would be left on what it ran before.",
            wrong: .words("`services:` names `mailer`, and the release was recorded from `api` and `worker` alone."),
            right: .words("`tidegate release create v2 --from build/artifacts --service mailer=build/mailer`"),
            stage: .preflight, mustHold: true)
    ]

    private static func suite(_ steps: String, needs: String = "api", name: String? = nil) -> RuleExample {
        let name = name.map { "name: \($0)\n" } ?? ""
        return .file("smoke/health.yaml", "smoke: 1\n\(name)needs: [\(needs)]\nsteps:\n\(steps)\n")
    }
}
