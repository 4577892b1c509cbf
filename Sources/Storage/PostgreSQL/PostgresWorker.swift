/// Runs transactions on one connection, which it opens when it is first needed and replaces when it breaks. Used by one
/// thread at a time.
final class PostgresWorker {
    enum Kind: Sendable {
        case write, committedWrite, read
        /// Without a transaction around its statements.
        case looseRead

        var isWrite: Bool { self == .write || self == .committedWrite }

        var begin: String? {
            switch self {
            case .write: "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE"
            case .committedWrite: "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
            case .read: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
            case .looseRead: nil
            }
        }
    }

    /// How one attempt at a transaction ended, when it did not throw.
    enum Outcome<Value: Sendable>: Sendable {
        case committed(Value)
        /// Nothing was committed, and another attempt may succeed.
        case conflict(DatabaseError)
        /// The connection was broken before the commit was sent, so nothing was committed.
        case broken(DatabaseError)
    }

    /// Those who lost several conflicts wait for each other here instead of losing more. The number is arbitrary.
    private static let slowLane: Int64 = 0x7469_6465_6761_7465

    private let address: PostgresAddress
    private var session: PostgresSession?

    init(address: PostgresAddress) {
        self.address = address
    }

    /// - Parameter inSlowLane: whether to run alone among those who ask for that as well.
    /// - Throws: what the body threw, `connectionLost` when nobody knows whether it committed, or why it could not.
    func attempt<T: Sendable>(
        _ kind: Kind, inSlowLane: Bool, _ body: (any Connection) throws -> T
    ) throws -> Outcome<T> {
        let session = try connected()
        defer { leave(session, inSlowLane) }
        let value: T
        do {
            try begin(kind, session, inSlowLane)
            value = try body(PostgresConnection(session: session))
            try checkNothingFailed(session)
        } catch {
            return try ended(session, by: error)
        }
        do {
            if kind.begin != nil { try session.command("COMMIT") }
            return .committed(value)
        } catch {
            guard session.isConnected else { throw error }
            return try ended(session, by: error)
        }
    }

    private func connected() throws(DatabaseError) -> PostgresSession {
        if let session { return session }
        let fresh = try PostgresSession(address)
        session = fresh
        return fresh
    }

    private func begin(_ kind: Kind, _ session: PostgresSession, _ inSlowLane: Bool) throws(DatabaseError) {
        session.forgetFailure()
        if inSlowLane { try session.run("SELECT pg_advisory_lock(?)", [Self.slowLane]) }
        if let begin = kind.begin { try session.command(begin) }
    }

    /// PostgreSQL answers `COMMIT` with a silent rollback when the body went on after a failed statement.
    private func checkNothingFailed(_ session: PostgresSession) throws(DatabaseError) {
        if let failure = session.failure { throw failure }
    }

    private func ended<T>(_ session: PostgresSession, by error: any Error) throws -> Outcome<T> {
        guard session.isConnected else {
            return .broken(.unreachable(address.description, reason: "the connection breaks again and again"))
        }
        if session.failedInConflict, let failure = session.failure { return .conflict(failure) }
        throw error
    }

    /// Leaves the session ready for the next transaction, or none.
    private func leave(_ session: PostgresSession, _ inSlowLane: Bool) {
        do {
            if !session.isIdle { try session.command("ROLLBACK") }
            if inSlowLane { try session.run("SELECT pg_advisory_unlock(?)", [Self.slowLane]) }
        } catch {
            self.session = nil
        }
        if !session.isConnected || !session.isIdle || session.isStale { self.session = nil }
    }
}
