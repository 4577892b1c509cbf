import Storage
import Synchronization

/// Counts the transactions of a database, and holds the first one up until it is told.
package final class WatchedDatabase: Database {
    private let base: any Database
    private let count = Mutex(0)
    private let gate: AsyncStream<Void>
    private let open: AsyncStream<Void>.Continuation

    package init(_ base: any Database) {
        self.base = base
        (gate, open) = AsyncStream.makeStream()
    }

    package var dialect: Dialect { base.dialect }
    package var writes: Int { count.withLock { $0 } }
    package func release() { open.finish() }

    package func write<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try await write(.serializable, body)
    }

    package func write<T: Sendable>(
        _ isolation: WriteIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        let isFirst = count.withLock { count in
            count += 1
            return count == 1
        }
        if isFirst { for await _ in gate {} }
        return try await base.write(isolation, body)
    }

    package func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try await base.read(body)
    }

    package func hints(topic: String) -> AsyncStream<Void> { base.hints(topic: topic) }
    package func close() async { await base.close() }
}
