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
            Migration("003-gates") { _ in
                [
                    """
                    CREATE TABLE freezes (id TEXT PRIMARY KEY, environment TEXT NOT NULL, from_at BIGINT NOT NULL,
                        until_at BIGINT NOT NULL, reason TEXT NOT NULL, by_name TEXT NOT NULL, at BIGINT NOT NULL,
                        lifted_at BIGINT, lifted_by TEXT, lift_reason TEXT)
                    """,
                    """
                    CREATE TABLE evidence (id TEXT PRIMARY KEY, release_digest TEXT NOT NULL, release_version TEXT NOT NULL,
                        kind TEXT NOT NULL, at BIGINT NOT NULL, document TEXT NOT NULL)
                    """,
                    "CREATE INDEX evidence_by_release ON evidence (release_digest, at)",
                    """
                    CREATE TABLE release_blocks (release_version TEXT NOT NULL, at BIGINT NOT NULL, lifted_at BIGINT,
                        document TEXT NOT NULL)
                    """,
                    "CREATE INDEX release_blocks_by_release ON release_blocks (release_version, at)",
                    """
                    CREATE TABLE incidents (id TEXT PRIMARY KEY, environment TEXT NOT NULL, opened_at BIGINT NOT NULL,
                        closed_at BIGINT, document TEXT NOT NULL)
                    """,
                    "CREATE INDEX incidents_by_environment ON incidents (environment, opened_at)",
                    """
                    CREATE TABLE traffic (environment TEXT NOT NULL, service TEXT NOT NULL, hour BIGINT NOT NULL,
                        requests BIGINT NOT NULL, errors BIGINT NOT NULL, timed BIGINT NOT NULL, slow BIGINT NOT NULL,
                        PRIMARY KEY (environment, service, hour))
                    """,
                    """
                    CREATE TABLE traffic_marks (environment TEXT NOT NULL, service TEXT NOT NULL, document TEXT NOT NULL,
                        PRIMARY KEY (environment, service))
                    """,
                    """
                    CREATE TABLE breaches (environment TEXT NOT NULL, release_digest TEXT NOT NULL, minute BIGINT NOT NULL,
                        why TEXT NOT NULL, PRIMARY KEY (environment, release_digest, minute))
                    """,
                ]
            },
            Migration("004-snapshots") { _ in
                [
                    """
                    CREATE TABLE snapshots (rollout TEXT PRIMARY KEY REFERENCES rollouts (id), seq BIGINT NOT NULL,
                        machine BIGINT NOT NULL, document TEXT NOT NULL)
                    """
                ]
            },
            Migration("005-watches") { _ in
                [
                    """
                    CREATE TABLE watch_summaries (rollout TEXT PRIMARY KEY REFERENCES rollouts (id),
                        environment TEXT NOT NULL, at BIGINT NOT NULL, document TEXT NOT NULL)
                    """
                ]
            },
            // How often a lease was renewed since it was taken, and for how long its holder may act without renewing it.
            Migration("006-leases") { _ in
                [
                    "ALTER TABLE leases ADD COLUMN beat BIGINT NOT NULL DEFAULT 0",
                    "ALTER TABLE leases ADD COLUMN lasts BIGINT NOT NULL DEFAULT 960000000",
                ]
            },
            Migration("007-request-keys") { _ in
                [
                    """
                    CREATE TABLE request_keys (environment TEXT NOT NULL, request TEXT NOT NULL,
                        rollout TEXT NOT NULL REFERENCES rollouts (id), question TEXT NOT NULL,
                        PRIMARY KEY (environment, request))
                    """
                ]
            },
            // The order in which an environment's rollouts were begun: a clock that was stepped back does not know it.
            Migration("008-rollout-numbers") { _ in
                [
                    "ALTER TABLE rollouts ADD COLUMN number BIGINT NOT NULL DEFAULT 0",
                    """
                    UPDATE rollouts SET number = (SELECT COUNT(*) FROM rollouts AS other
                        WHERE other.environment = rollouts.environment
                            AND (other.started_at, other.id) <= (rollouts.started_at, rollouts.id))
                    """,
                    "CREATE UNIQUE INDEX rollouts_by_number ON rollouts (environment, number)",
                    "DROP INDEX rollouts_by_environment",
                ]
            },
        ])
}
