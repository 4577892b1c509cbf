extension RuleDescription {
    /// Where secrets come from, and what they must be.
    static let secrets: [RuleDescription] = [
        .init(
            "secret.in-variables", "Secrets stand under `secrets`.",
            "Under `variables` the value is in version control.",
            wrong: .environment("secrets: { JWT_SECRET: ~ }\nvariables: { JWT_SECRET: 8f1c0a6d }"),
            right: .environment("secrets: { JWT_SECRET: { from: generated, bytes: 32 } }"), mustHold: true),
        .init(
            "secret.placeholder", "Secrets are no placeholders.", "A key such as `changeme` is known to everybody.",
            wrong: .environment("secrets: { OPENAI_API_KEY: { from: literal, value: changeme } }"),
            right: .environment("secrets: { OPENAI_API_KEY: { from: environment, name: OPENAI_API_KEY } }")),
        .init(
            "secret.weak", "Secrets are long enough for what they do, and cannot be guessed.",
            "An HS256 key has at least 256 bits (RFC 7518, 3.2). With one that was guessed, anybody signs tokens.",
            wrong: .environment("secrets: { JWT_SECRET: { from: generated, bytes: 16 } }"),
            right: .environment("secrets: { JWT_SECRET: { from: generated, bytes: 32 } }")),
        .init(
            "secret.wrong-kind", "A key is of the kind that its variable asks for.",
            "The key of another provider, or of another role, is refused by the first call, or opens too much.",
            wrong: .environment("secrets: { OPENAI_API_KEY: { from: literal, value: llx-local-stand-in } }"),
            right: .environment("secrets: { OPENAI_API_KEY: { from: literal, value: sk-local-stand-in } }")),
        .init(
            "secret.test-key", "Production has no test keys.", "Nothing would be paid, sent or kept.",
            wrong: paymentKey.and(.environment("variables: { PAYMENT_KEY: pk_test_51Hx9fQ2vXr7 }", .production)),
            right: paymentKey.and(.environment("variables: { PAYMENT_KEY: pk_live_51Hx9fQ2vXr7 }", .production))),
        .init(
            "secret.live-key", "Keys for real data stay in production.",
            "A test would send real mail, or take real money.",
            wrong: paymentKey.and(.environment("variables: { PAYMENT_KEY: pk_live_51Hx9fQ2vXr7 }", .staging)),
            right: paymentKey.and(.environment("variables: { PAYMENT_KEY: pk_test_51Hx9fQ2vXr7 }", .staging)),
            severity: .warning),
        .init(
            "secret.expiry", "No secret has expired.",
            "It is a warning in the 30 days before: a token's own end (`exp`), or the day that the file declares.",
            wrong: .environment(
                "secrets: { OPENAI_API_KEY: { from: environment, name: OPENAI_API_KEY, expires: 2026-01-31 } }"),
            right: .environment(
                "secrets: { OPENAI_API_KEY: { from: environment, name: OPENAI_API_KEY, expires: 2036-01-31 } }")),
        .init(
            "secret.source", "Secrets come from where the kind of environment allows.",
            "Literals and keys made on one machine are for development.",
            wrong: .environment("secrets: { JWT_SECRET: { from: generated, bytes: 32 } }", .production),
            right: .environment(
                "secrets: { JWT_SECRET: { from: environment, name: PRODUCTION_JWT_SECRET } }", .production),
            mustHold: true),
        .init(
            "secret.other-environment", "Secrets come from where their own environment keeps them.",
            "Production would run with staging's key.",
            wrong: .environment(
                "secrets: { JWT_SECRET: { from: environment, name: STAGING_JWT_SECRET } }", .production),
            right: .environment(
                "secrets: { JWT_SECRET: { from: environment, name: PRODUCTION_JWT_SECRET } }", .production)),
        .init(
            "secret.shared", "No two environments have the same secret.",
            "What leaks in one of them opens the other. Files say where secrets come from; a preflight compares values, "
                + "by keyed fingerprints of what runs.",
            wrong: jwtFile("jwt", .staging).and(jwtFile("jwt", .production)),
            right: jwtFile("staging/jwt", .staging).and(jwtFile("production/jwt", .production))),
    ]

    private static let paymentKey = RuleExample.contract(
        "api", #"{ "variables": [{ "name": "PAYMENT_KEY", "kind": "string", "summary": "the publishable key" }] }"#)

    private static func jwtFile(_ name: String, _ kind: EnvironmentKind) -> RuleExample {
        .environment("secrets: { JWT_SECRET: { from: file, path: /run/secrets/\(name) } }", kind)
    }
}
