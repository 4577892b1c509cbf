import Contract

/// Everything that the worker reads from its environment.
package struct WorkerSettings: Sendable {
    package var common: CommonSettings
    package var events: EventSettings
    package var retention: RetentionSettings
    /// What OpenAI allows all processes of the environment together.
    package var embeddings: ProviderAllowance
    /// How many jobs at once.
    package var concurrency: Int
    /// Where the providers reach the API; nil: they are only asked.
    package var webhookBase: String?
    /// Drill: the worker exits when its first job begins. Refused in production.
    package var exitsOnFirstJob: Bool
    /// Drill: each document is parsed twice, and paid for twice. Refused in production.
    package var parsesTwice: Bool

    package init(from reader: inout SettingsReader) {
        common = CommonSettings(from: &reader)
        events = EventSettings(from: &reader, isProduction: common.isProduction)
        retention = RetentionSettings(from: &reader)
        embeddings = ProviderAllowance(embeddingsFrom: &reader)
        concurrency =
            reader.integer(
                "CONCURRENT_JOBS", "how many jobs a worker has in hand at once", default: 4, minimum: 1, maximum: 1000)
            ?? 4
        webhookBase = reader.url(
            "WEBHOOK_BASE_URL",
            "the API's address as the providers reach it, for webhooks; without it results are asked for")
        exitsOnFirstJob =
            reader.flag(
                "DRILL_WORKER_EXIT", "drill: it exits when its first job begins", readWhen: CommonSettings.drills)
            ?? false
        parsesTwice =
            reader.flag(
                "DRILL_PARSE_TWICE", "drill: each document is parsed twice, and paid for twice",
                readWhen: CommonSettings.drills) ?? false
        reader.refuseDrills(["WORKER_EXIT", "PARSE_TWICE"])
    }
}

/// How long what is done with is kept.
package struct RetentionSettings: Sendable {
    /// A finished job's file, after the job's end. Its chunks stay.
    package var files: Duration
    /// Events, after they were written.
    package var events: Duration

    package init(files: Duration, events: Duration) {
        self.files = files
        self.events = events
    }

    init(from reader: inout SettingsReader) {
        files =
            reader.duration(
                "FILE_RETENTION", "how long a finished job's file is kept; what was made of it stays", default: "30d",
                minimum: 3600, maximum: 315_360_000) ?? .seconds(2_592_000)
        events =
            reader.duration(
                "EVENT_RETENTION", "how long job events and dead letters are kept", default: "90d", minimum: 86_400,
                maximum: 315_360_000) ?? .seconds(7_776_000)
    }
}
