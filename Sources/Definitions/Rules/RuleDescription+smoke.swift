extension RuleDescription {
    /// Within the files of smoke suites.
    static let smokeSuites: [RuleDescription] = [
        .init(
            "smoke.step", "A step of a smoke suite does exactly one thing.",
            "Of two requests in one step nobody could say which of them failed.",
            wrong: suite("- get: /health\n  post: /documents"), right: suite("- get: /health\n- post: /documents"),
            stage: .smokeSuites, mustHold: true),
        .init(
            "smoke.path", "What a step looks at in an answer is a path into JSON.", "Nothing would be compared.",
            wrong: suite("- get: /health\n  expect: { json: { state: ready } }"),
            right: suite("- get: /health\n  expect: { json: { $.state: ready } }"), stage: .smokeSuites, mustHold: true),
        .init(
            "smoke.unknown-name", "A step uses only what an earlier one has saved.",
            "The text `${…}` would be sent as it is.",
            wrong: suite("- get: /documents/${document}"),
            right: suite("- post: /documents\n  save: { document: $.id }\n- get: /documents/${document}"),
            stage: .smokeSuites, mustHold: true),
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

    private static func suite(_ steps: String) -> RuleExample {
        .file("smoke/health.yaml", "smoke: 1\nneeds: [api]\nsteps:\n\(steps)\n")
    }
}
