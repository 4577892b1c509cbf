import Storage

/// The tables of releases, bundles, rollouts, their journal, leases, environments and baselines.
package enum RolloutSchema {
    package static let migrator = Migrator(
        owner: "rollouts",
        migrations: [
            Migration("001-rollouts") { _ in
                [
                    """
                    CREATE TABLE releases (version TEXT PRIMARY KEY, digest TEXT NOT NULL, document TEXT NOT NULL,
                        created_at BIGINT NOT NULL, blocked TEXT)
                    """,
                    """
                    CREATE TABLE bundles (digest TEXT PRIMARY KEY, environment TEXT NOT NULL, release_version TEXT NOT NULL,
                        document TEXT NOT NULL, created_at BIGINT NOT NULL)
                    """,
                    """
                    CREATE TABLE rollouts (id TEXT PRIMARY KEY, environment TEXT NOT NULL, outcome TEXT,
                        started_at BIGINT NOT NULL, document TEXT NOT NULL)
                    """,
                    "CREATE INDEX rollouts_by_environment ON rollouts (environment, started_at)",
                    """
                    CREATE TABLE journal (rollout TEXT NOT NULL REFERENCES rollouts (id), seq BIGINT NOT NULL,
                        at BIGINT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (rollout, seq))
                    """,
                    """
                    CREATE TABLE leases (environment TEXT PRIMARY KEY, token BIGINT NOT NULL, holder TEXT,
                        purpose TEXT, taken_at BIGINT NOT NULL, expires_at BIGINT NOT NULL)
                    """,
                    """
                    CREATE TABLE environments (name TEXT PRIMARY KEY, current_bundle TEXT, previous_bundle TEXT,
                        warm_until BIGINT, rollout TEXT, last_rollout TEXT)
                    """,
                    """
                    CREATE TABLE baselines (environment TEXT NOT NULL, service TEXT NOT NULL, document TEXT NOT NULL,
                        recorded_at BIGINT NOT NULL, PRIMARY KEY (environment, service))
                    """,
                ]
            },
            // What each service was under each bundle that proved itself; `baselines` has those in force.
            Migration("002-measurements") { _ in
                [
                    """
                    CREATE TABLE measurements (environment TEXT NOT NULL, service TEXT NOT NULL, bundle TEXT NOT NULL,
                        document TEXT NOT NULL, recorded_at BIGINT NOT NULL,
                        PRIMARY KEY (environment, service, bundle))
                    """
                ]
            },
        ])
}
