import Testing

@testable import Definitions

/// A name that was meant, found by one that was written.
@Suite(.timeLimit(.minutes(5)))
struct NearNameTests {
    static let names = [
        "UPLOAD_PIPELINE_ACCESS_TOKEN_TTL", "UPLOAD_PIPELINE_ALLOWED_HOSTS", "UPLOAD_PIPELINE_CORS_ORIGINS",
        "UPLOAD_PIPELINE_DATABASE_URL", "UPLOAD_PIPELINE_ENVIRONMENT", "UPLOAD_PIPELINE_JWT_SECRET",
        "UPLOAD_PIPELINE_LLAMAPARSE_API_KEY", "UPLOAD_PIPELINE_MAX_PAGES", "UPLOAD_PIPELINE_OPENAI_API_KEY",
        "UPLOAD_PIPELINE_OPENAI_URL",
    ]

    @Test(arguments: [
        ("JWT_SECRET", "JWT_SECRET"), ("PIPELINE_JWT_SECRET", "JWT_SECRET"),
        ("UPLOAD_PIPELINE_UPLOAD_PIPELINE_JWT_SECRET", "JWT_SECRET"), ("UPLOAD_PIPELINE_JWT_SECRETS", "JWT_SECRET"),
        ("UPLOAD_PIPELINE_JWTSECRET", "JWT_SECRET"), ("UPLOAD-PIPELINE-JWT-SECRET", "JWT_SECRET"),
        ("upload_pipeline_jwt_secret", "JWT_SECRET"), ("uploadPipelineJwtSecret", "JWT_SECRET"),
        ("UPLOAD_PIPELINE__JWT_SECRET", "JWT_SECRET"), ("UPLOAD_PIPELINE_SECRET_JWT", "JWT_SECRET"),
        ("UPLOAD_PIPLINE_JWT_SECRET", "JWT_SECRET"), ("UPLOAD_PIPELINE_JWT_SECERT", "JWT_SECRET"),
        ("MY_APP_JWT_SECRET", "JWT_SECRET"), ("UPLOAD_PIPELINE_DB_URL", "DATABASE_URL"),
        ("UPLOAD_PIPELINE_DATABASE_DSN", "DATABASE_URL"), ("DATABASE_URI", "DATABASE_URL"),
        ("UPLOAD_PIPELINE_ENV", "ENVIRONMENT"), ("UPLOAD_PIPELINE_MAX_PAGE", "MAX_PAGES"),
        ("UPLOAD_PIPELINE_CORS_ORIGIN", "CORS_ORIGINS"), ("CORS_ORIGNS", "CORS_ORIGINS"),
        ("OPENAI_API_KEYS", "OPENAI_API_KEY"),
    ])
    func `a name is found by case, separators, prefix, plural, abbreviation or a slip`(written: String, meant: String) {
        #expect(NearNames(Self.names).nearest(to: written) == "UPLOAD_PIPELINE_\(meant)")
    }

    @Test(arguments: [
        "PATH", "COLOUR", "UPLOAD_PIPELINE_COLOUR", "KEY", "URL", "API_KEY", "UPLOAD_PIPELINE", "SENTRY_DSN",
        "REDIS_URL", "", "_", String(repeating: "A_", count: 200),
    ])
    func `a name of its own has no neighbour`(written: String) {
        #expect(NearNames(Self.names).nearest(to: written) == nil)
        #expect(NearNames([]).nearest(to: written) == nil)
    }

    @Test func `every declared name is its own neighbour`() {
        for name in Self.names { #expect(NearNames(Self.names).nearest(to: name) == name) }
    }
}
