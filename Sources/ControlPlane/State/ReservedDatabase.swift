import Storage

/// A database whose writes get the reserve's space when the disk is full: once, so that a rollback can be recorded.
package struct ReservedDatabase: Database {
    private let base: any Database
    private let reserve: Reserve
    /// Told when the reserve was given up.
    private let freed: @Sendable () -> Void

    package init(_ base: any Database, reserve: Reserve, freed: @Sendable @escaping () -> Void) {
        self.base = base
        self.reserve = reserve
        self.freed = freed
    }

    package var dialect: Dialect { base.dialect }

    package func write<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        do {
            return try await base.write(body)
        } catch DatabaseError.full(let place) {
            guard reserve.free() else { throw DatabaseError.full(place) }
            freed()
            return try await base.write(body)
        }
    }

    package func read<T: Sendable>(_ body: @Sendable @escaping (any Connection) throws -> T) async throws -> T {
        try await base.read(body)
    }

    package func hints(topic: String) -> AsyncStream<Void> { base.hints(topic: topic) }

    package func close() async { await base.close() }
}
