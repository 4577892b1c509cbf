import Storage

extension Ledger {
    /// The ledger's tables; `pipeline migrate` applies them.
    package static let migrator = Migrator(owner: "ledger", migrations: [tables, fixedRows, firstPrices, uncounted])

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
        let tables = ["ledger_posting", "ledger_transfer", "ledger_price", "ledger_account", "ledger_budget"]
        switch dialect {
        case .sqlite:
            return tables.flatMap { table in
                ["UPDATE", "DELETE"].map { change in
                    """
                    CREATE TRIGGER \(table)_no_\(change.lowercased()) BEFORE \(change) ON \(table)
                    BEGIN SELECT RAISE(ABORT, 'rows of the ledger never change'); END
                    """
                }
            }
        case .postgresql:
            return [
                """
                CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN RAISE EXCEPTION 'rows of the ledger never change' USING ERRCODE = 'check_violation'; END $$
                """
            ]
                + tables.map { table in
                    """
                    CREATE TRIGGER \(table)_fixed BEFORE UPDATE OR DELETE OR TRUNCATE ON \(table)
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
                    """
                }
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
}
