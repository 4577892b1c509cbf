import Storage
import Synchronization

/// A database that is gone for as long as a test says.
final class BreakableDatabase: Database {
    private let base: any Database
    private let gone = Mutex(false)

    init(_ base: any Database) { self.base = base }

    var dialect: Dialect { base.dialect }
    func isGone(_ isGone: Bool) { gone.withLock { $0 = isGone } }

    private func check() throws {
        guard !gone.withLock({ $0 }) else {
            throw DatabaseError.unreachable("the test's database", reason: "it is gone")
        }
    }

    func write<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try check()
        return try await base.write(body)
    }

    func write<T: Sendable>(
        _ isolation: WriteIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        try check()
        return try await base.write(isolation, body)
    }

    func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try check()
        return try await base.read(body)
    }

    func read<T: Sendable>(
        _ isolation: ReadIsolation, _ body: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        try check()
        return try await base.read(isolation, body)
    }

    func hints(topic: String) -> AsyncStream<Void> { base.hints(topic: topic) }
    func close() async { await base.close() }
}
