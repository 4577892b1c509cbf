import CPostgres

/// One connection to the server, used by one thread at a time.
final class PostgresSession {
    /// Seconds: to connect, for a statement, to wait for a lock, to stay idle within a transaction.
    enum Limits {
        static let connect = 5
        static let statement = 30
        static let lock = 10
        static let idle = 60
    }

    private let handle: OpaquePointer?
    private let address: PostgresAddress

    /// The first failure of a statement since `forgetFailure()`.
    private(set) var failure: DatabaseError?
    /// Whether that failure asks for running the transaction again.
    private(set) var failedInConflict = false
    /// Whether a prepared statement no longer fits the database: a column was added since, or somebody shares the
    /// connection and has dropped it. Another connection begins anew.
    private(set) var isStale = false
    private var statements = PreparedStatements()

    /// Connects, waiting at most five seconds.
    /// - Throws: `unreachable`, `accessDenied`.
    init(_ address: PostgresAddress) throws(DatabaseError) {
        self.address = address
        handle = Self.withConnectionOptions(address) { PQconnectdbParams($0, $1, 1) }
        guard PQstatus(handle) == CONNECTION_OK else {
            let reason = address.scrubbed(String(cString: PQerrorMessage(handle)))
            throw Self.refusal(address, reason)
        }
        PQsetNoticeProcessor(handle, { _, _ in }, nil)
        for (name, seconds) in [
            ("statement_timeout", Limits.statement), ("lock_timeout", Limits.lock),
            ("idle_in_transaction_session_timeout", Limits.idle),
        ] {
            try command("SET \(name) = '\(seconds)s'")
        }
        try command("SET client_min_messages = error")
        // Of a single statement; whoever begins a transaction says what it is for.
        try command("SET default_transaction_read_only = on")
    }

    deinit { PQfinish(handle) }

    var isConnected: Bool { PQstatus(handle) == CONNECTION_OK }
    var isIdle: Bool { PQtransactionStatus(handle) == PQTRANS_IDLE }
    var socket: Int32 { PQsocket(handle) }

    func forgetFailure() {
        (failure, failedInConflict) = (nil, false)
    }

    /// Runs what has no arguments and is not worth preparing, such as the beginning and the end of a transaction.
    func command(_ sql: String) throws(DatabaseError) {
        _ = try checked(PostgresResult(PQexec(handle, sql)), sql)
    }

    /// Runs one statement, with `?` for the arguments.
    @discardableResult
    func run(_ sql: String, _ arguments: [any SQLConvertible] = []) throws(DatabaseError) -> PostgresResult {
        let parameters = try PostgresParameters(arguments, sql: sql)
        let key = PreparedStatements.Key(sql: sql, types: parameters.types)
        switch statements.step(for: key) {
        case .runOnce(let translated):
            let result = parameters.withPointers { pointers in
                PQexecParams(
                    handle, translated, parameters.count, parameters.types, pointers, parameters.lengths,
                    parameters.formats, 0)
            }
            return try checked(PostgresResult(result), sql)
        case .prepare(let statement, let oldest):
            if let oldest {
                try command("DEALLOCATE \(oldest.name)")
                statements.remove(oldest)
            }
            let result = PQprepare(handle, statement.name, statement.translated, parameters.count, parameters.types)
            _ = try checked(PostgresResult(result), sql)
            statements.add(key, statement)
            return try runPrepared(statement, parameters, sql)
        case .run(let statement):
            return try runPrepared(statement, parameters, sql)
        }
    }

    private func runPrepared(
        _ statement: PreparedStatements.Prepared, _ parameters: PostgresParameters, _ sql: String
    ) throws(DatabaseError) -> PostgresResult {
        let result = PostgresResult(
            parameters.withPointers { pointers in
                PQexecPrepared(
                    handle, statement.name, parameters.count, pointers, parameters.lengths, parameters.formats, 0)
            })
        if PostgresState.isStale(result.sqlState) { isStale = true }
        return try checked(result, sql)
    }

    private func checked(_ result: PostgresResult, _ sql: String) throws(DatabaseError) -> PostgresResult {
        if result.succeeded { return result }
        let error = error(of: result, sql: sql)
        if failure == nil {
            (failure, failedInConflict) = (error, isStale || PostgresState.isConflict(result.sqlState))
        }
        throw error
    }

    /// The payloads of the notifications that have arrived.
    /// - Throws: `connectionLost`.
    func notifications() throws(DatabaseError) -> Set<String> {
        guard PQconsumeInput(handle) == 1 else { throw lost }
        var payloads: Set<String> = []
        while let notification = PQnotifies(handle) {
            payloads.insert(String(cString: notification.pointee.extra))
            PQfreemem(notification)
        }
        return payloads
    }

    private var lost: DatabaseError {
        let reason = address.scrubbed(String(cString: PQerrorMessage(handle)))
        return .connectionLost(address.description, reason: reason.isEmpty ? "the server closed it" : reason)
    }

    private func error(of result: PostgresResult, sql: String) -> DatabaseError {
        if !isConnected { return lost }
        let reason = result.message.isEmpty ? String(cString: PQerrorMessage(handle)) : result.message
        return PostgresState.error(
            result.sqlState, reason: address.scrubbed(reason), constraint: result.constraint, sql: sql,
            place: address.description)
    }

    /// The server's answer, not its words, tells a refusal from silence.
    private static func refusal(_ address: PostgresAddress, _ reason: String) -> DatabaseError {
        switch withConnectionOptions(address, { PQpingParams($0, $1, 1) }) {
        case PQPING_OK: .accessDenied(address.description, reason: reason)
        case PQPING_NO_ATTEMPT: .invalidAddress(address.description, reason: reason)
        default: .unreachable(address.description, reason: reason)
        }
    }

    /// Ours come first, so that the address overrides them.
    static func withConnectionOptions<T>(
        _ address: PostgresAddress,
        _ body: (UnsafePointer<UnsafePointer<CChar>?>, UnsafePointer<UnsafePointer<CChar>?>) -> T
    ) -> T {
        let options = [
            ("connect_timeout", "\(Limits.connect)"), ("keepalives_idle", "30"), ("keepalives_interval", "5"),
            ("keepalives_count", "3"), ("tcp_user_timeout", "30000"), ("client_encoding", "UTF8"),
            ("fallback_application_name", "tidegate"), ("dbname", address.secret),
        ]
        let texts = options.flatMap { [Array($0.0.utf8CString), Array($0.1.utf8CString)] }
        let joined = texts.flatMap { $0 }
        return joined.withUnsafeBufferPointer { buffer in
            var offset = 0
            var pointers: [UnsafePointer<CChar>?] = []
            for text in texts {
                pointers.append(buffer.baseAddress.map { $0 + offset })
                offset += text.count
            }
            let keywords = stride(from: 0, to: pointers.count, by: 2).map { pointers[$0] } + [nil]
            let values = stride(from: 1, to: pointers.count, by: 2).map { pointers[$0] } + [nil]
            return body(keywords, values)
        }
    }
}
