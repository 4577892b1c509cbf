import Foundation

/// A PostgreSQL database through libpq: at most `connections` of them, each opened when first needed and replaced when
/// broken. Writes are serializable and run again after a conflict, a bounded number of times.
package final class PostgresDatabase: Database {
    private enum Attempts {
        static let conflicts = 20
        /// From this attempt on, losers queue up behind each other.
        static let slowLane = 3
        static let broken = 3
    }

    private let pool: PostgresPool
    private let listener: PostgresHints
    private let address: PostgresAddress

    package var dialect: Dialect { .postgresql }

    package init(address: PostgresAddress, connections: Int = Dialect.postgresql.connections) {
        self.address = address
        pool = PostgresPool(address: address, limit: max(1, connections))
        listener = PostgresHints(address: address)
    }

    package func write<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try await transaction(.write, body)
    }

    package func write<T: Sendable>(
        _ isolation: WriteIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        switch isolation {
        case .serializable: try await transaction(.write, body)
        case .readCommitted: try await transaction(.committedWrite, body)
        }
    }

    package func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try await transaction(.read, body)
    }

    package func read<T: Sendable>(
        _ isolation: ReadIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        switch isolation {
        case .snapshot: try await transaction(.read, body)
        case .eachStatement: try await transaction(.looseRead, body)
        }
    }

    package func hints(topic: String) -> AsyncStream<Void> {
        listener.subscribe(topic)
    }

    package func close() async {
        listener.stop()
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            Thread.detachNewThread { [pool] in
                pool.close()
                done.resume()
            }
        }
    }

    private func transaction<T: Sendable>(
        _ kind: PostgresWorker.Kind, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        var conflicts = 0
        var broken = 0
        while true {
            switch try await attempt(kind, inSlowLane: kind.isWrite && conflicts >= Attempts.slowLane, body) {
            case .committed(let value):
                return value
            case .broken(let error):
                broken += 1
                if broken == Attempts.broken { throw error }
            case .conflict(let error):
                conflicts += 1
                if conflicts == Attempts.conflicts { throw error }
                // Between the attempts no connection is held: 1 ms, doubled up to 64 ms, with full jitter.
                let ceiling = 1_000 << min(conflicts - 1, 6)
                try await Task.sleep(for: .microseconds(Int.random(in: 0...ceiling)))
            }
        }
    }

    private func attempt<T: Sendable>(
        _ kind: PostgresWorker.Kind, inSlowLane: Bool, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> PostgresWorker.Outcome<T> {
        try await PendingCall.run { call in
            let taken = pool.submit { worker in
                call.answer { try worker.attempt(kind, inSlowLane: inSlowLane, body) }
            }
            if !taken { call.refuse(DatabaseError.other("\(address) was closed here already")) }
        }
    }
}
