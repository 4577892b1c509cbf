import OpenMetrics
import Storage
import Synchronization

/// How a process uses its database, by the names of OpenTelemetry's database conventions.
package final class DatabaseMetrics: Sendable {
    private static let operation = MetricFamily.durations(
        "db_client_operation_duration_seconds", "Statements, by their first word.", bounds: HistogramBounds.statements)
    private static let wait = MetricFamily.durations(
        "db_client_connection_wait_time_seconds", "From asking for a connection to having it.",
        bounds: HistogramBounds.statements)
    private static let use = MetricFamily.durations(
        "db_client_connection_use_time_seconds", "From having a connection to giving it back: a transaction.",
        bounds: HistogramBounds.statements)
    private static let names: Set<String> = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"]

    private struct Pool {
        var used = 0
        var pending = 0
    }

    private let system: String
    private let connections: Int
    private let meter = Meter([operation, wait, use])
    private let pool = Mutex(Pool())

    init(_ dialect: Dialect) {
        system = dialect.rawValue
        connections = dialect.connections
    }

    package func write(to text: inout OpenMetricsText) {
        meter.write(to: &text)
        let pool = pool.withLock { $0 }
        let name: MetricLabels = ["db_client_connection_pool_name": system]
        text.family("db_client_connection_count", "gauge", "Connections in a transaction.")
        text.sample("db_client_connection_count", name + [("db_client_connection_state", "used")], pool.used)
        text.family("db_client_connection_max", "gauge", "Connections that there may be.")
        text.sample("db_client_connection_max", name, connections)
        text.family("db_client_connection_pending_requests", "gauge", "Transactions that wait for a connection.")
        text.sample("db_client_connection_pending_requests", name, pool.pending)
    }

    func statement(_ sql: String, _ duration: Duration, _ error: DatabaseError?) {
        let word = sql.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        var labels: MetricLabels = [
            "db_system_name": system, "db_operation_name": Self.names.contains(word) ? word : "OTHER",
        ]
        if let error { labels = labels + [("error_type", error.code)] }
        meter.record(Self.operation, labels, duration)
    }

    fileprivate func asks() { pool.withLock { $0.pending += 1 } }

    fileprivate func gotOne(after wait: Duration) {
        pool.withLock { pool in
            pool.pending -= 1
            pool.used += 1
        }
        meter.record(Self.wait, ["db_client_connection_pool_name": system], wait)
    }

    fileprivate func gaveBack(after use: Duration) {
        pool.withLock { $0.used -= 1 }
        meter.record(Self.use, ["db_client_connection_pool_name": system], use)
    }

    fileprivate func gotNone() { pool.withLock { $0.pending -= 1 } }
}

/// A database that measures what is asked of it, and changes nothing of it.
package struct MeasuredDatabase: Database {
    private let base: any Database
    package let metrics: DatabaseMetrics

    package init(_ base: any Database) {
        self.base = base
        metrics = DatabaseMetrics(base.dialect)
    }

    package var dialect: Dialect { base.dialect }

    package func write<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        let turn = Turn(metrics)
        defer { turn.end() }
        return try await base.write { connection in try turn.run(connection, body) }
    }

    package func write<T: Sendable>(
        _ isolation: WriteIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        let turn = Turn(metrics)
        defer { turn.end() }
        return try await base.write(isolation) { connection in try turn.run(connection, body) }
    }

    package func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        let turn = Turn(metrics)
        defer { turn.end() }
        return try await base.read { connection in try turn.run(connection, body) }
    }

    package func read<T: Sendable>(
        _ isolation: ReadIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        let turn = Turn(metrics)
        defer { turn.end() }
        return try await base.read(isolation) { connection in try turn.run(connection, body) }
    }

    package func hints(topic: String) -> AsyncStream<Void> { base.hints(topic: topic) }

    package func close() async { await base.close() }
}

/// One transaction, from asking for it to its end. Its body may run again, which is still the same one.
private final class Turn: Sendable {
    private let metrics: DatabaseMetrics
    private let asked = ContinuousClock.now
    private let began = Mutex<ContinuousClock.Instant?>(nil)

    init(_ metrics: DatabaseMetrics) {
        self.metrics = metrics
        metrics.asks()
    }

    func run<T>(_ connection: any Connection, _ body: (any Connection) throws -> T) throws -> T {
        let isFirst = began.withLock { began in
            defer { began = began ?? .now }
            return began == nil
        }
        if isFirst { metrics.gotOne(after: .now - asked) }
        return try body(MeasuredConnection(base: connection, metrics: metrics))
    }

    func end() {
        guard let began = began.withLock({ $0 }) else { return metrics.gotNone() }
        metrics.gaveBack(after: .now - began)
    }
}

private struct MeasuredConnection: Connection {
    let base: any Connection
    let metrics: DatabaseMetrics

    var dialect: Dialect { base.dialect }

    func query(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> [Row] {
        try measured(sql) { () throws(DatabaseError) in try base.query(sql, arguments) }
    }

    @discardableResult
    func execute(_ sql: String, _ arguments: [any SQLConvertible]) throws(DatabaseError) -> Int {
        try measured(sql) { () throws(DatabaseError) in try base.execute(sql, arguments) }
    }

    private func measured<T>(_ sql: String, _ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        let start = ContinuousClock.now
        do throws(DatabaseError) {
            let result = try body()
            metrics.statement(sql, .now - start, nil)
            return result
        } catch {
            metrics.statement(sql, .now - start, error)
            throw error
        }
    }
}

extension DatabaseError {
    /// A short word for metrics.
    package var code: String {
        switch self {
        case .invalidAddress: "database_address"
        case .unreachable: "database_unreachable"
        case .accessDenied: "database_access_denied"
        case .full: "database_full"
        case .readOnly: "database_read_only"
        case .constraint: "database_constraint"
        case .busy: "database_busy"
        case .invalidStatement: "database_statement"
        case .unexpectedColumn: "database_column"
        case .migrationMismatch: "database_migration"
        case .connectionLost: "database_connection_lost"
        case .other: "database_other"
        }
    }
}
