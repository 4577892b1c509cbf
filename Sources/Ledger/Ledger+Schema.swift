import Storage

extension Ledger {
    /// The ledger's tables; `pipeline migrate` applies them.
    package static let migrator = Migrator(
        owner: "ledger",
        migrations: [
            tables, fixedRows, firstPrices, uncounted, limits, summaries, bookings, limitChanges, correlations,
        ])

    /// Whether budgets and limits have no tables yet, when those migrations are to come.
    package static func lacksBudgets(_ pending: [String]) -> Bool {
        [tables, limits, limitChanges].contains { pending.contains($0.id) }
    }

    private static let tables = Migration("001-tables") { _ in
        [
            """
            CREATE TABLE ledger_price (
                id TEXT PRIMARY KEY, sku TEXT NOT NULL, provider TEXT NOT NULL, unit TEXT NOT NULL,
                nanos BIGINT NOT NULL CHECK (nanos >= 0), per BIGINT NOT NULL CHECK (per > 0),
                effective_from BIGINT NOT NULL, effective_to BIGINT, source TEXT NOT NULL)
            """,
            "CREATE INDEX ledger_price_sku ON ledger_price (sku, effective_from)",
            """
            CREATE TABLE ledger_hold (
                id TEXT PRIMARY KEY, price TEXT NOT NULL REFERENCES ledger_price (id), provider TEXT NOT NULL,
                reference TEXT NOT NULL, quantity BIGINT NOT NULL, nanos BIGINT NOT NULL CHECK (nanos >= 0),
                day BIGINT NOT NULL, held_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
                outcome TEXT CHECK (outcome IN ('posted', 'released', 'expired')), ended_at BIGINT)
            """,
            "CREATE INDEX ledger_hold_open ON ledger_hold (expires_at) WHERE outcome IS NULL",
            """
            CREATE TABLE ledger_transfer (
                id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('cost', 'overage')),
                hold TEXT NOT NULL REFERENCES ledger_hold (id), reference TEXT NOT NULL, price TEXT NOT NULL,
                provider TEXT NOT NULL, quantity BIGINT NOT NULL, origin TEXT NOT NULL, day BIGINT NOT NULL,
                posted_at BIGINT NOT NULL)
            """,
            "CREATE INDEX ledger_transfer_reference ON ledger_transfer (reference)",
            "CREATE INDEX ledger_transfer_day ON ledger_transfer (day)",
            "CREATE TABLE ledger_account (id TEXT PRIMARY KEY, kind TEXT NOT NULL)",
            """
            CREATE TABLE ledger_posting (
                transfer TEXT NOT NULL REFERENCES ledger_transfer (id),
                account TEXT NOT NULL REFERENCES ledger_account (id), nanos BIGINT NOT NULL,
                PRIMARY KEY (transfer, account))
            """,
            """
            CREATE TABLE ledger_counter (
                scope TEXT NOT NULL, day BIGINT NOT NULL, posted BIGINT NOT NULL CHECK (posted >= 0),
                overage BIGINT NOT NULL CHECK (overage >= 0), held BIGINT NOT NULL CHECK (held >= 0),
                refused_at BIGINT, PRIMARY KEY (scope, day))
            """,
            """
            CREATE TABLE ledger_budget (
                scope TEXT NOT NULL, version BIGINT NOT NULL, nanos BIGINT NOT NULL CHECK (nanos >= 0),
                reserve BIGINT NOT NULL CHECK (reserve >= 0 AND reserve <= nanos), effective_from BIGINT NOT NULL,
                effective_to BIGINT, reason TEXT NOT NULL, PRIMARY KEY (scope, version))
            """,
            """
            CREATE TABLE ledger_freeze (
                transfer TEXT PRIMARY KEY REFERENCES ledger_transfer (id), scope TEXT NOT NULL, day BIGINT NOT NULL,
                nanos BIGINT NOT NULL, frozen_at BIGINT NOT NULL, lifted_at BIGINT, reason TEXT)
            """,
            "CREATE INDEX ledger_freeze_open ON ledger_freeze (scope, day) WHERE lifted_at IS NULL",
        ]
    }

    /// The database itself refuses to change what was recorded.
    private static let fixedRows = Migration("002-fixed-rows") { dialect in
        let refuse = """
            CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'rows of the ledger never change' USING ERRCODE = 'check_violation'; END $$
            """
        let tables = ["ledger_posting", "ledger_transfer", "ledger_price", "ledger_account", "ledger_budget"]
        return (dialect == .postgresql ? [refuse] : []) + tables.flatMap { fixing($0, dialect) }
    }

    /// What makes a table's rows stay as they are.
    private static func fixing(_ table: String, _ dialect: Dialect) -> [String] {
        switch dialect {
        case .sqlite:
            ["UPDATE", "DELETE"].map { change in
                """
                CREATE TRIGGER \(table)_no_\(change.lowercased()) BEFORE \(change) ON \(table)
                BEGIN SELECT RAISE(ABORT, 'rows of the ledger never change'); END
                """
            }
        case .postgresql:
            [
                """
                CREATE TRIGGER \(table)_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON \(table)
                FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
                """
            ]
        }
    }

    private static let firstPrices = Migration("003-first-prices") { _ in
        let prices = [
            ("text-embedding-3-small", "openai", "token", 20_000_000, 1_000_000),
            ("text-embedding-3-large", "openai", "token", 130_000_000, 1_000_000),
            ("llamaparse", "llamaparse", "page", 3_000_000, 1),
        ]
        return prices.map { sku, provider, unit, nanos, per in
            """
            INSERT INTO ledger_price (id, sku, provider, unit, nanos, per, effective_from, source)
            VALUES ('\(sku)@0', '\(sku)', '\(provider)', '\(unit)', \(nanos), \(per), 0, 'list price')
            """
        }
    }

    /// Releases before it go on counting at once, in `ledger_counter`, what they end; they see what waits here as held.
    private static let uncounted = Migration("004-uncounted") { _ in
        [
            """
            CREATE TABLE ledger_uncounted (
                hold TEXT PRIMARY KEY REFERENCES ledger_hold (id), posted BIGINT NOT NULL CHECK (posted >= 0))
            """,
            "CREATE INDEX ledger_hold_expired ON ledger_hold (day) WHERE outcome = 'expired'",
        ]
    }

    /// What earlier releases hold has no name of a service, release, user or document, and counts for none of the limits.
    private static let limits = Migration("005-limits") { _ in
        ["service", "release_id", "user_id", "document_id"].map { "ALTER TABLE ledger_hold ADD COLUMN \($0) TEXT" } + [
            """
            CREATE TABLE ledger_limit (
                name TEXT NOT NULL, version BIGINT NOT NULL, scope TEXT NOT NULL,
                period TEXT NOT NULL CHECK (period IN ('hour', 'day', 'month')), zone TEXT NOT NULL,
                nanos BIGINT CHECK (nanos >= 0), requests BIGINT CHECK (requests >= 0),
                reserve BIGINT NOT NULL CHECK (reserve >= 0), warn TEXT NOT NULL,
                action TEXT NOT NULL CHECK (action IN ('stop', 'defer', 'alert')), effective_from BIGINT NOT NULL,
                effective_to BIGINT, reason TEXT NOT NULL, PRIMARY KEY (name, version))
            """,
            """
            CREATE TABLE ledger_window (
                name TEXT NOT NULL, scope TEXT NOT NULL, starts_at BIGINT NOT NULL, ends_at BIGINT NOT NULL,
                posted BIGINT NOT NULL CHECK (posted >= 0), overage BIGINT NOT NULL CHECK (overage >= 0),
                held BIGINT NOT NULL, requests BIGINT NOT NULL, refused_at BIGINT,
                PRIMARY KEY (name, scope, starts_at))
            """,
            "CREATE INDEX ledger_window_scope ON ledger_window (scope, ends_at)",
        ]
    }

    /// Sums by the hour, for reports that read no single entry. What was recorded before is summed here; what an earlier release
    /// records beside this one is in the books and in the counters, and not in these sums.
    private static let summaries = Migration("006-summaries") { _ in
        [
            "ALTER TABLE ledger_uncounted ADD COLUMN gives_back BIGINT NOT NULL DEFAULT 1",
            "ALTER TABLE ledger_uncounted ADD COLUMN overage BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE ledger_uncounted ADD COLUMN quantity BIGINT NOT NULL DEFAULT 0",
            "ALTER TABLE ledger_uncounted ADD COLUMN entries BIGINT NOT NULL DEFAULT 0",
            """
            CREATE TABLE ledger_hour (
                starts_at BIGINT NOT NULL, sku TEXT NOT NULL, provider TEXT NOT NULL, service TEXT NOT NULL,
                release_id TEXT NOT NULL, user_id TEXT NOT NULL, nanos BIGINT NOT NULL, overage BIGINT NOT NULL,
                quantity BIGINT NOT NULL, entries BIGINT NOT NULL,
                PRIMARY KEY (starts_at, sku, service, release_id, user_id))
            """,
            """
            INSERT INTO ledger_hour
                (starts_at, sku, provider, service, release_id, user_id, nanos, overage, quantity, entries)
            SELECT h.held_at - h.held_at % 3600000000, p.sku, p.provider, '', '', '', SUM(g.nanos),
                SUM(CASE WHEN t.kind = 'overage' THEN g.nanos ELSE 0 END), SUM(t.quantity),
                SUM(CASE WHEN t.kind = 'cost' THEN 1 ELSE 0 END)
            FROM ledger_transfer t JOIN ledger_hold h ON h.id = t.hold JOIN ledger_price p ON p.id = t.price
                JOIN ledger_posting g ON g.transfer = t.id AND g.account NOT LIKE 'payable:%'
            GROUP BY h.held_at - h.held_at % 3600000000, p.sku, p.provider
            """,
        ]
    }

    /// Costs that no call here has caused have a row among the holds, ended from the beginning, with who booked it.
    private static let bookings = Migration("007-bookings") { _ in
        [
            "ALTER TABLE ledger_hold ADD COLUMN booked_by TEXT", "ALTER TABLE ledger_hold ADD COLUMN calls BIGINT",
            "CREATE INDEX ledger_hold_booked ON ledger_hold (day) WHERE booked_by IS NOT NULL",
        ]
    }

    /// Who set which limit from what to what. Of what was set before, only the budgets' and limits' own rows tell.
    private static let limitChanges = Migration("008-limit-changes") { dialect in
        [
            """
            CREATE TABLE ledger_limit_change (
                number BIGINT PRIMARY KEY, name TEXT NOT NULL, scope TEXT NOT NULL, before_nanos BIGINT,
                before_requests BIGINT, before_words TEXT, after_nanos BIGINT, after_requests BIGINT, after_words TEXT,
                changed_at BIGINT NOT NULL, returns_at BIGINT, changed_by TEXT, reason TEXT NOT NULL)
            """
        ] + fixing("ledger_limit_change", dialect)
    }

    /// What earlier releases hold beside this one has none.
    private static let correlations = Migration("009-correlations") { _ in
        ["ALTER TABLE ledger_hold ADD COLUMN correlation_id TEXT"]
    }
}
