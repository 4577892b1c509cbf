import Storage

extension Ledger {
    /// How many expired holds one call ends at most.
    private static let expiryBatch = 2000

    /// Sets aside what a call may cost at most, before it is made. Commit before making the call.
    ///
    /// Asking again with the same key answers with the same hold, as long as it is open.
    /// - Returns: a refusal when there is no price, a budget of its scopes would be exceeded, or one is frozen. Commit
    ///   that as well.
    /// - Throws: `LedgerError.keyUsed`, `LedgerError.invalidAmount`, `DatabaseError`.
    package static func hold(
        _ request: HoldRequest, on connection: any Connection, at now: Int64
    ) throws -> HoldDecision {
        let answers = try settle([.hold(request)], on: connection, at: now)
        guard case .decided(let decision) = try answers[0].get() else {
            throw LedgerError.unknownHold(key: request.key)
        }
        return decision
    }

    /// Gives back what a call that was not made, or that cost nothing, had set aside. On a hold that has ended it does
    /// nothing. The budget has it back with the next batch.
    package static func release(_ key: String, on connection: any Connection, at now: Int64) throws {
        guard let hold = try hold(key, on: connection) else { throw LedgerError.unknownHold(key: key) }
        guard try !end([key], .released, on: connection, at: now).isEmpty else { return }
        try countLater(Uncounted(hold: hold, givesBack: true), on: connection)
    }

    package static func hold(_ key: String, on connection: any Connection) throws -> Hold? {
        try holds([key], on: connection)[key]
    }

    static func holds(_ keys: [String], on connection: any Connection) throws -> [String: Hold] {
        guard !keys.isEmpty else { return [:] }
        let rows = try connection.query(
            "SELECT * FROM ledger_hold WHERE id IN \(Placeholders.list(keys.count))", keys)
        return Dictionary(try rows.map(hold).map { ($0.key, $0) }) { first, _ in first }
    }

    /// Ends holds, each once. Their counters are left to the caller.
    /// - Returns: those that were open.
    static func end(
        _ keys: [String], _ outcome: Hold.Outcome, on connection: any Connection, at now: Int64
    ) throws -> Set<String> {
        guard !keys.isEmpty else { return [] }
        let rows = try connection.query(
            """
            UPDATE ledger_hold SET outcome = ?, ended_at = ?
            WHERE id IN \(Placeholders.list(keys.count)) AND outcome IS NULL RETURNING id
            """, [outcome.rawValue, now] + keys)
        return Set(try rows.map { try $0.get("id") })
    }

    /// Ends the open holds whose time is over, but for those that another transaction is just ending. What became of
    /// their calls nobody knows: until a posting comes, their amounts are reported as unknown.
    static func expire(on connection: any Connection, at now: Int64) throws -> [Hold] {
        let rows = try connection.query(
            """
            SELECT * FROM ledger_hold WHERE outcome IS NULL AND expires_at <= ?
            ORDER BY expires_at, id LIMIT \(expiryBatch)\(connection.dialect.forUpdateSkipLocked)
            """, [now])
        let due = try rows.map(hold)
        let ended = try end(due.map(\.key), .expired, on: connection, at: now)
        return due.filter { ended.contains($0.key) }
    }

    static func insert(
        _ holds: [(hold: Hold, quantity: Int64)], on connection: any Connection, at now: Int64
    ) throws {
        guard !holds.isEmpty else { return }
        try connection.execute(
            """
            INSERT INTO ledger_hold (id, price, provider, reference, quantity, nanos, day, held_at, expires_at,
                service, release_id, user_id, document_id, correlation_id)
            VALUES \(Placeholders.rows(holds.count, of: 14))
            """,
            holds.flatMap { hold, quantity -> [any SQLConvertible] in
                [
                    hold.key, hold.priceID, hold.provider, hold.reference, quantity, hold.amount, hold.day, now,
                    hold.expiresAt, hold.context.service, hold.context.release, hold.context.user,
                    hold.context.document, hold.context.correlationID,
                ]
            })
    }

    static func hold(_ row: Row) throws -> Hold {
        let outcome: String? = try row.get("outcome")
        return Hold(
            key: try row.get("id"), priceID: try row.get("price"), provider: try row.get("provider"),
            reference: try row.get("reference"), amount: try row.get("nanos"), day: try row.get("day"),
            context: HoldContext(
                service: try row.get("service"), release: try row.get("release_id"), user: try row.get("user_id"),
                document: try row.get("document_id"),
                // A control plane may read a ledger that its release has not migrated yet.
                correlationID: row.columns.contains("correlation_id") ? try row.get("correlation_id") : nil),
            heldAt: try row.get("held_at"), expiresAt: try row.get("expires_at"),
            outcome: outcome.flatMap(Hold.Outcome.init))
    }
}
