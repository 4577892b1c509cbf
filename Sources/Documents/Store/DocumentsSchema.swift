import Storage

/// The application's tables, with the history of their schema.
package enum DocumentsSchema {
    package static let owner = "documents"

    /// Every table that only this application may change.
    package static let tables = [
        "users", "refresh_tokens", "documents", "jobs", "parses", "chunks", "job_events", "upload_log", "job_buckets",
        "workers", "request_counts", "webhook_deliveries", "event_receivers", "event_streams", "event_dead_letters",
        "file_removals", "provider_places", "parse_requests", "api_keys", ChunkIndex.table,
    ]

    package static let migrator = Migrator(
        owner: owner,
        migrations: [
            Migration("001-accounts") { _ in accounts },
            Migration("002-jobs") { _ in jobs },
            Migration("003-contents", contents),
            Migration("004-workers") { _ in workers },
            Migration("005-event-streams") { _ in eventStreams },
            Migration("007-file-removals") { _ in fileRemovals },
            Migration("009-provider-places") { _ in providerPlaces },
            Migration("011-parse-requests") { _ in parseRequests },
            Migration("012-keys-and-replays") { _ in keysAndReplays },
            Migration("013-indexed-chunks") { _ in ChunkIndex.marks },
            Migration("014-traces-and-figures") { _ in tracesAndFigures },
            Migration("015-active-jobs") { _ in activeJobs },
            Migration("016-served-receivers") { _ in servedReceivers },
        ])

    static let accounts = [
        """
        CREATE TABLE users (
            id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, password_hash TEXT NOT NULL, role TEXT NOT NULL,
            disabled BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL)
        """,
        """
        CREATE TABLE refresh_tokens (
            token_hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, family TEXT NOT NULL, created_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL, used_at BIGINT)
        """,
        "CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id)",
        "CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family)",
        """
        CREATE TABLE request_counts (
            name TEXT NOT NULL, window_start BIGINT NOT NULL, count BIGINT NOT NULL, PRIMARY KEY (name, window_start))
        """,
        """
        CREATE TABLE webhook_deliveries (
            job_id TEXT NOT NULL, digest TEXT NOT NULL, status TEXT NOT NULL, received_at BIGINT NOT NULL,
            PRIMARY KEY (job_id, digest))
        """,
    ]

    static let jobs = [
        """
        CREATE TABLE documents (
            id TEXT PRIMARY KEY, user_id TEXT NOT NULL, filename TEXT NOT NULL, bytes_len BIGINT NOT NULL,
            sha256 TEXT NOT NULL, mime TEXT NOT NULL, ocr BIGINT NOT NULL DEFAULT 0, created_at BIGINT NOT NULL,
            UNIQUE (user_id, sha256))
        """,
        """
        CREATE TABLE jobs (
            id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents (id), user_id TEXT NOT NULL,
            bucket BIGINT NOT NULL CHECK (bucket >= 0 AND bucket < 100), status TEXT NOT NULL, state TEXT NOT NULL,
            retry_count BIGINT NOT NULL DEFAULT 0, lost_leases BIGINT NOT NULL DEFAULT 0,
            correlation_id TEXT NOT NULL, pin_release TEXT, worker_release TEXT, webhook_secret TEXT NOT NULL,
            last_error TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, available_at BIGINT NOT NULL,
            upload_expires_at BIGINT NOT NULL, lease_epoch BIGINT NOT NULL DEFAULT 0, lease_owner TEXT,
            lease_expires_at BIGINT, event_count BIGINT NOT NULL DEFAULT 0,
            CHECK ((state = 'working') = (lease_expires_at IS NOT NULL)))
        """,
        "CREATE INDEX jobs_by_user ON jobs (user_id, created_at)",
        "CREATE INDEX jobs_by_document ON jobs (document_id)",
        """
        CREATE INDEX jobs_claimable ON jobs (created_at, id) WHERE state IN ('queued', 'retryable')
        """,
        "CREATE INDEX jobs_leased ON jobs (lease_expires_at) WHERE state = 'working'",
        "CREATE TABLE upload_log (job_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, created_at BIGINT NOT NULL)",
        "CREATE INDEX upload_log_by_user ON upload_log (user_id, created_at)",
        """
        CREATE TABLE job_events (
            id TEXT PRIMARY KEY, job_id TEXT NOT NULL, sequence BIGINT NOT NULL, kind TEXT NOT NULL,
            severity TEXT NOT NULL, code TEXT NOT NULL, detail TEXT, correlation_id TEXT NOT NULL,
            created_at BIGINT NOT NULL, delivered_at BIGINT, UNIQUE (job_id, sequence))
        """,
        "CREATE INDEX job_events_undelivered ON job_events (created_at) WHERE delivered_at IS NULL",
    ]

    static func contents(_ dialect: Dialect) -> [String] {
        [
            """
            CREATE TABLE parses (
                document_id TEXT PRIMARY KEY REFERENCES documents (id), markdown TEXT NOT NULL, pages BIGINT NOT NULL,
                created_at BIGINT NOT NULL)
            """,
            """
            CREATE TABLE chunks (
                id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents (id), user_id TEXT NOT NULL,
                ordinal BIGINT NOT NULL, chunker TEXT NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL,
                line_count BIGINT NOT NULL, vector \(dialect.blob), model TEXT, created_at BIGINT NOT NULL,
                UNIQUE (document_id, chunker, version, ordinal))
            """,
            "CREATE INDEX chunks_by_user ON chunks (user_id)",
        ]
    }

    static let workers = [
        """
        CREATE TABLE workers (
            instance TEXT PRIMARY KEY, release TEXT NOT NULL, share_from BIGINT NOT NULL, share_to BIGINT NOT NULL,
            in_flight BIGINT NOT NULL, started_at BIGINT NOT NULL, seen_at BIGINT NOT NULL)
        """,
        // When a living worker last covered the bucket.
        "CREATE TABLE job_buckets (bucket BIGINT PRIMARY KEY, covered_at BIGINT NOT NULL DEFAULT 0)",
        """
        INSERT INTO job_buckets (bucket)
        WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 99)
        SELECT n FROM numbers
        """,
    ]

    /// A stream is one job's events on their way to one receiver: those up to `position` have arrived or are dead letters.
    /// It is due at `available_at`, which a claim puts off; null when nothing is left to send.
    static let eventStreams = [
        "CREATE TABLE event_receivers (receiver TEXT PRIMARY KEY, since BIGINT NOT NULL)",
        """
        CREATE TABLE event_streams (
            receiver TEXT NOT NULL, job_id TEXT NOT NULL, position BIGINT NOT NULL DEFAULT 0,
            attempts BIGINT NOT NULL DEFAULT 0, available_at BIGINT, lease_epoch BIGINT NOT NULL DEFAULT 0,
            last_error TEXT, updated_at BIGINT NOT NULL, PRIMARY KEY (receiver, job_id))
        """,
        """
        CREATE INDEX event_streams_due ON event_streams (receiver, available_at) WHERE available_at IS NOT NULL
        """,
        """
        CREATE TABLE event_dead_letters (
            receiver TEXT NOT NULL, event_id TEXT NOT NULL, job_id TEXT NOT NULL, sequence BIGINT NOT NULL,
            attempts BIGINT NOT NULL, reason TEXT NOT NULL, died_at BIGINT NOT NULL, PRIMARY KEY (receiver, event_id))
        """,
    ]

    static let fileRemovals = [
        "ALTER TABLE documents ADD COLUMN file_removed_at BIGINT",
        "CREATE INDEX documents_with_files ON documents (created_at) WHERE file_removed_at IS NULL",
        """
        CREATE TABLE file_removals (
            object_key TEXT PRIMARY KEY, document_id TEXT NOT NULL, requested_at BIGINT NOT NULL)
        """,
    ]

    static let providerPlaces = [
        """
        CREATE TABLE provider_places (
            provider TEXT NOT NULL, place BIGINT NOT NULL, holder TEXT NOT NULL, expires_at BIGINT NOT NULL,
            PRIMARY KEY (provider, place))
        """
    ]

    static let parseRequests = [
        """
        CREATE TABLE parse_requests (
            job_id TEXT PRIMARY KEY, ticket TEXT NOT NULL, payment_key TEXT NOT NULL, pages BIGINT NOT NULL,
            held_at BIGINT NOT NULL, submitted_at BIGINT NOT NULL, deadline_at BIGINT NOT NULL,
            waits BIGINT NOT NULL DEFAULT 0)
        """
    ]
    /// What a user has in work is counted with each announcement; it does not grow with what the user has had.
    static let activeJobs = [
        """
        CREATE INDEX jobs_active ON jobs (user_id, status, upload_expires_at)
            WHERE state IN ('queued', 'working', 'retryable')
        """
    ]
}
