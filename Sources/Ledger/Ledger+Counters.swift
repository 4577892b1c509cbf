import Storage

/// What one scope has spent and set aside on one day.
struct Counter: Sendable, Equatable {
    var posted = Nanodollars.zero
    var overage = Nanodollars.zero
    var held = Nanodollars.zero
    /// How many calls were held for, and not given back; counted for limits only.
    var requests: Int64 = 0
    var refusedAt: Int64?

    var spent: Nanodollars { posted + overage }

    static func - (left: Counter, right: Counter) -> Counter {
        Counter(
            posted: left.posted - right.posted, overage: left.overage - right.overage, held: left.held - right.held,
            requests: left.requests - right.requests, refusedAt: left.refusedAt)
    }

    static func + (left: Counter, right: Counter) -> Counter {
        Counter(
            posted: left.posted + right.posted, overage: left.overage + right.overage, held: left.held + right.held,
            requests: left.requests + right.requests,
            refusedAt: [left.refusedAt, right.refusedAt].compactMap(\.self).max())
    }
}

struct CounterKey: Sendable, Hashable {
    let scope: String
    let day: Int64
}

/// The counters that a transaction changes. Nobody else changes them from `open` to its end.
struct CounterBook {
    private var counters: [CounterKey: Counter]
    private var changed: Set<CounterKey> = []

    /// Reads and locks, always in the same order, so that two transactions never wait for each other.
    static func open(_ keys: Set<CounterKey>, on connection: any Connection) throws -> CounterBook {
        guard !keys.isEmpty else { return CounterBook(counters: [:]) }
        var found = try lock(keys, on: connection)
        let missing = keys.subtracting(found.keys).sorted { ($0.scope, $0.day) < ($1.scope, $1.day) }
        if !missing.isEmpty {
            try connection.execute(
                """
                INSERT INTO ledger_counter (scope, day, posted, overage, held)
                VALUES \(Array(repeating: "(?, ?, 0, 0, 0)", count: missing.count).joined(separator: ", "))
                ON CONFLICT (scope, day) DO NOTHING
                """, missing.flatMap { [$0.scope, $0.day] as [any SQLConvertible] })
            found = try lock(keys, on: connection)
        }
        return CounterBook(counters: found)
    }

    /// The same without locks, and with what waits to be counted.
    static func seen(_ keys: Set<CounterKey>, on connection: any Connection) throws -> CounterBook {
        let counters = try keys.map { ($0, try Ledger.counter($0.scope, day: $0.day, on: connection)) }
        return CounterBook(counters: Dictionary(counters) { first, _ in first })
    }

    subscript(_ scope: String, _ day: Int64) -> Counter { counters[CounterKey(scope: scope, day: day)] ?? Counter() }

    /// Adds to all scopes that a hold counts for.
    mutating func add(_ change: Counter, for hold: Hold) {
        for scope in hold.scopes { add(change, to: CounterKey(scope: scope, day: hold.day)) }
    }

    mutating func add(_ change: Counter, to key: CounterKey) {
        counters[key] = (counters[key] ?? Counter()) + change
        changed.insert(key)
    }

    func store(on connection: any Connection) throws {
        guard !changed.isEmpty else { return }
        let rows = changed.sorted { ($0.scope, $0.day) < ($1.scope, $1.day) }
        try connection.execute(
            """
            INSERT INTO ledger_counter (scope, day, posted, overage, held, refused_at)
            VALUES \(Placeholders.rows(rows.count, of: 6))
            ON CONFLICT (scope, day) DO UPDATE SET posted = excluded.posted, overage = excluded.overage,
                held = excluded.held, refused_at = excluded.refused_at
            """,
            rows.flatMap { key -> [any SQLConvertible] in
                let counter = self[key.scope, key.day]
                return [key.scope, key.day, counter.posted, counter.overage, counter.held, counter.refusedAt]
            })
    }

    private static func lock(
        _ keys: Set<CounterKey>, on connection: any Connection
    ) throws -> [CounterKey: Counter] {
        let (scopes, days) = (Set(keys.map(\.scope)).sorted(), Set(keys.map(\.day)).sorted())
        let rows = try connection.query(
            """
            SELECT * FROM ledger_counter WHERE scope IN \(Placeholders.list(scopes.count))
                AND day IN \(Placeholders.list(days.count)) ORDER BY scope, day\(connection.dialect.forUpdate)
            """, scopes.map { $0 as any SQLConvertible } + days.map { $0 as any SQLConvertible })
        let found = try rows.map { row in
            (CounterKey(scope: try row.get("scope"), day: try row.get("day")), try Ledger.counter(row))
        }
        return Dictionary(found) { first, _ in first }
    }
}

extension Ledger {
    /// A scope's counter as it will be when what has ended is counted.
    static func counter(_ scope: String, day: Int64, on connection: any Connection) throws -> Counter {
        let row = try connection.first("SELECT * FROM ledger_counter WHERE scope = ? AND day = ?", [scope, day])
        return try (row.map(counter) ?? Counter()) + uncounted(scope, day: day, on: connection)
    }

    static func counter(_ row: Row) throws -> Counter {
        Counter(
            posted: try row.get("posted"), overage: try row.get("overage"), held: try row.get("held"),
            refusedAt: try row.get("refused_at"))
    }
}
