import Contract

/// Everything that the API reads from its environment.
package struct APISettings: Sendable {
    package var common: CommonSettings
    package var tokens: TokenSettings
    package var corsOrigins: [String]
    package var allowedHosts: [String]
    package var limits: APILimits
    package var refreshTokenLifetime: Duration
    /// What OpenAI allows all processes of the environment together.
    package var embeddings: ProviderAllowance
    package var drill: APIDrill

    package init(from reader: inout SettingsReader) {
        common = CommonSettings(from: &reader)
        tokens = TokenSettings(from: &reader)
        corsOrigins = reader.list(
            "CORS_ORIGINS", "the origins that browsers may call from",
            former: ["CORS_ORIGINS", "CORS_ALLOWED_ORIGINS"],
            forbidden: ["production": ["*"]], format: .origins)
        allowedHosts = reader.list(
            "ALLOWED_HOSTS",
            "the Host headers that are answered, besides this machine's own; *.example.com allows subdomains",
            default: "localhost,127.0.0.1", former: ["ALLOWED_HOSTS"], forbidden: ["production": ["*"]])
        limits = APILimits(from: &reader, maxPages: common.maxPages)
        refreshTokenLifetime =
            reader.duration(
                "REFRESH_TOKEN_TTL", "how long a refresh token is valid", default: "30d", minimum: 60,
                maximum: 31_536_000)
            ?? .seconds(2_592_000)
        embeddings = ProviderAllowance(embeddingsFrom: &reader)
        drill = APIDrill(from: &reader)
    }
}

/// What one user may do.
package struct APILimits: Sendable {
    package static let signedURLSeconds = 300
    /// The largest document unless the environment says otherwise, in bytes.
    package static let usualFileSize = 26_214_400

    package var maxFileSizeBytes: Int
    package var maxPages: Int
    package var concurrentJobs: Int
    package var uploadsPerDay: Int
    package var requestsPerHour: Int

    /// What of it holds for announcing and retrying documents.
    package var uploads: UploadLimits {
        UploadLimits(
            concurrentJobs: concurrentJobs, uploadsPerDay: uploadsPerDay,
            timeToLive: Int64(Self.signedURLSeconds) * 1_000_000)
    }

    init(from reader: inout SettingsReader, maxPages: Int) {
        self.maxPages = maxPages
        maxFileSizeBytes =
            reader.integer(
                "MAX_FILE_SIZE_BYTES", "the largest document, in bytes", default: Self.usualFileSize, minimum: 1,
                maximum: 1_073_741_824) ?? 0
        concurrentJobs =
            reader.integer(
                "MAX_CONCURRENT_JOBS_PER_USER", "how many documents of a user may be in work at once", default: 2,
                minimum: 1, maximum: 1_000_000) ?? 0
        uploadsPerDay =
            reader.integer(
                "MAX_UPLOADS_PER_DAY_PER_USER", "how many documents a user may upload in 24 hours", default: 30,
                minimum: 1, maximum: 10_000_000) ?? 0
        requestsPerHour =
            reader.integer(
                "MAX_REQUESTS_PER_HOUR_PER_USER", "how many requests a user may make in an hour", default: 1000,
                minimum: 1, maximum: 1_000_000_000) ?? 0
    }
}

/// Faults that the API has on purpose, to practise with. Refused in production.
package struct APIDrill: Sendable, Equatable {
    package static let none = APIDrill(errorRate: 0, errorAfter: 0, notReady: false, latency: .zero)

    /// The share of requests under `/api/v2` that are answered with 500.
    package var errorRate: Double
    /// How many requests under `/api/v2` are served well before that begins.
    package var errorAfter: Int
    /// The API never becomes ready.
    package var notReady: Bool
    /// Added to every request under `/api/v2`.
    package var latency: Duration

    package init(errorRate: Double, errorAfter: Int, notReady: Bool, latency: Duration) {
        self.errorRate = errorRate
        self.errorAfter = errorAfter
        self.notReady = notReady
        self.latency = latency
    }

    init(from reader: inout SettingsReader) {
        let allowed = CommonSettings.drills
        errorRate =
            reader.fraction("DRILL_ERROR_RATE", "drill: the share of requests that fail", readWhen: allowed) ?? 0
        errorAfter =
            reader.integer(
                "DRILL_ERROR_AFTER", "drill: how many requests are served before they begin to fail", default: 0,
                maximum: 1_000_000_000, readWhen: allowed) ?? 0
        notReady = reader.flag("DRILL_NOT_READY", "drill: it never becomes ready", readWhen: allowed) ?? false
        latency =
            reader.duration("DRILL_LATENCY", "drill: added to every request", maximum: 60, readWhen: allowed) ?? .zero
        reader.refuseDrills(["ERROR_RATE", "ERROR_AFTER", "NOT_READY", "LATENCY"])
    }
}

extension SettingsReader {
    /// A drill where none is allowed is a mistake that nobody should find out about from their users.
    mutating func refuseDrills(_ names: [String]) {
        for name in names.map({ Self.prefix + "DRILL_" + $0 }) where isSet(name) && !wasRead(name) {
            refuse("\(name) is for drills in \(CommonSettings.drills.values.joined(separator: ", ")) only: remove it")
        }
    }
}
