import Storage

/// The windows of limits that a transaction changes; as `CounterBook`, after which it is locked.
struct WindowBook {
    struct Key: Hashable {
        let name: String
        let scope: String
        let window: LimitWindow

        func counts(_ hold: Hold) -> Bool { window.contains(hold.heldAt) && hold.limitScopes.contains(scope) }
    }

    private var counters: [Key: Counter]
    private var changed: Set<Key> = []

    /// - Parameters:
    ///   - changes: what will be added for holds that end.
    ///   - keys: windows that are made when they are not there, those of holds that begin, with when somebody set their
    ///     limits last.
    static func open(
        _ changes: [(hold: Hold, change: Counter)], _ keys: [Key: Int64], on connection: any Connection
    ) throws -> WindowBook {
        let holds = changes.map(\.hold)
        var found = try lock(holds, keys.keys, on: connection)
        let missing = keys.filter { found[$0.key] == nil }.sorted {
            ($0.key.name, $0.key.scope) < ($1.key.name, $1.key.scope)
        }
        for (key, setAt) in missing {
            var counter = Counter()
            // Whose limit nobody has touched since before it began has seen nothing.
            if setAt > key.window.startsAt {
                counter = try Ledger.soFar(key.scope, key.window, on: connection)
                // The rows have the changes already.
                for (hold, change) in changes where key.counts(hold) { counter = counter - change }
            }
            // One with another end is of the period that the limit had before, by a clock that is behind.
            try connection.execute(
                """
                INSERT INTO ledger_window
                    (name, scope, starts_at, ends_at, posted, overage, held, requests)
                VALUES \(Placeholders.rows(1, of: 8))
                ON CONFLICT (name, scope, starts_at) DO UPDATE SET ends_at = excluded.ends_at,
                    posted = excluded.posted, overage = excluded.overage, held = excluded.held,
                    requests = excluded.requests, refused_at = NULL WHERE ledger_window.ends_at <> excluded.ends_at
                """,
                [
                    key.name, key.scope, key.window.startsAt, key.window.endsAt, counter.posted, counter.overage,
                    counter.held, counter.requests,
                ])
        }
        if !missing.isEmpty { found = try lock(holds, keys.keys, on: connection) }
        return WindowBook(counters: found)
    }

    /// All that began with one of the windows, without locks.
    static func seen(_ windows: [LimitWindow], on connection: any Connection) throws -> WindowBook {
        let starts = Set(windows.map(\.startsAt)).sorted()
        guard !starts.isEmpty else { return WindowBook(counters: [:]) }
        let rows = try connection.query(
            "SELECT * FROM ledger_window WHERE starts_at IN \(Placeholders.list(starts.count))", starts)
        return WindowBook(counters: Dictionary(try rows.map(counted)) { first, _ in first })
    }

    subscript(_ key: Key) -> Counter { counters[key] ?? Counter() }

    /// Adds to all windows that a hold counts for.
    mutating func add(_ change: Counter, for hold: Hold) {
        guard !counters.isEmpty else { return }
        for key in counters.keys where key.counts(hold) { add(change, to: key) }
    }

    mutating func add(_ change: Counter, to key: Key) {
        counters[key] = self[key] + change
        changed.insert(key)
    }

    func store(on connection: any Connection) throws {
        guard !changed.isEmpty else { return }
        let rows = changed.sorted {
            ($0.name, $0.scope, $0.window.startsAt) < ($1.name, $1.scope, $1.window.startsAt)
        }
        try connection.execute(
            """
            INSERT INTO ledger_window
                (name, scope, starts_at, ends_at, posted, overage, held, requests, refused_at)
            VALUES \(Placeholders.rows(rows.count, of: 9))
            ON CONFLICT (name, scope, starts_at) DO UPDATE SET posted = excluded.posted, overage = excluded.overage,
                held = excluded.held, requests = excluded.requests, refused_at = excluded.refused_at
            """,
            rows.flatMap { key -> [any SQLConvertible] in
                let counter = self[key]
                return [
                    key.name, key.scope, key.window.startsAt, key.window.endsAt, counter.posted, counter.overage,
                    counter.held, counter.requests, counter.refusedAt,
                ]
            })
    }

    private static func lock(
        _ holds: [Hold], _ keys: some Collection<Key>, on connection: any Connection
    ) throws -> [Key: Counter] {
        let scopes = Set(holds.flatMap(\.limitScopes)).union(keys.map(\.scope)).sorted()
        let times = holds.map(\.heldAt) + keys.map(\.window.startsAt)
        guard let first = times.min(), let last = times.max() else { return [:] }
        let rows = try connection.query(
            """
            SELECT * FROM ledger_window WHERE scope IN \(Placeholders.list(scopes.count))
                AND starts_at <= ? AND ends_at > ? ORDER BY name, scope, starts_at\(connection.dialect.forUpdate)
            """, scopes + [last, first] as [any SQLConvertible])
        return Dictionary(try rows.map(counted)) { first, _ in first }
    }

    private static func counted(_ row: Row) throws -> (Key, Counter) {
        let window = LimitWindow(startsAt: try row.get("starts_at"), endsAt: try row.get("ends_at"))
        return (
            Key(name: try row.get("name"), scope: try row.get("scope"), window: window), try Ledger.windowCounter(row)
        )
    }
}

extension Ledger {
    /// What a window has seen before it is counted for the first time.
    static func soFar(
        _ scope: String, _ window: LimitWindow, on connection: any Connection
    ) throws -> Counter {
        let (condition, name) = matches(scope)
        let row = try connection.first(
            """
            SELECT SUM(CASE WHEN u.hold IS NULL THEN COALESCE(c.nanos, 0) ELSE 0 END) AS posted,
                SUM(COALESCE(o.nanos, 0)) AS overage,
                SUM(CASE WHEN h.outcome IS NULL OR u.hold IS NOT NULL THEN h.nanos ELSE 0 END) AS held,
                SUM(CASE WHEN h.outcome = 'released' AND u.hold IS NULL THEN 0 ELSE 1 END) AS requests
            FROM ledger_hold h LEFT JOIN ledger_uncounted u ON u.hold = h.id AND u.gives_back = 1
                LEFT JOIN ledger_posting c ON c.transfer = h.id || '/cost' AND c.nanos > 0
                LEFT JOIN ledger_posting o ON o.transfer = h.id || '/overage' AND o.nanos > 0
            WHERE h.day >= ? AND h.day <= ? AND h.held_at >= ? AND h.held_at < ? AND h.booked_by IS NULL
                AND \(condition)
            """, [day(of: window.startsAt), day(of: window.endsAt), window.startsAt, window.endsAt, name])
        return Counter(
            posted: try row?.get("posted") ?? .zero, overage: try row?.get("overage") ?? .zero,
            held: try row?.get("held") ?? .zero, requests: try row?.get("requests") ?? 0)
    }

    /// Which holds a scope counts, as `Hold.limitScopes` has it.
    private static func matches(_ scope: String) -> (condition: String, name: String) {
        let parts = scope.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if scope == total { return ("? = '\(total)'", scope) }
        guard parts.count == 2 else { return ("h.provider = ?", scope) }
        return switch parts[0] {
        case "service": ("h.service = ?", parts[1])
        case "release": ("h.release_id = ?", parts[1])
        case "user": ("h.user_id = ?", parts[1])
        case "model": ("h.price IN (SELECT id FROM ledger_price WHERE sku = ?)", parts[1])
        default: ("h.provider = ?", scope)
        }
    }
}

extension Array {
    func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
