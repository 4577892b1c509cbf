import Storage
import TestSupport
import Testing

/// Each test runs once with each.
enum Driver: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgresql

    var testDescription: String { rawValue }
}

/// An empty database, which two handles may open as two processes would.
final class Place: Sendable {
    let address: String
    /// Holds the file, and removes it in the end.
    private let folder: TemporaryFolder?

    init(_ driver: Driver) async throws {
        switch driver {
        case .sqlite:
            let folder = try TemporaryFolder()
            self.folder = folder
            address = "sqlite:\(folder.file("test.sqlite"))"
        case .postgresql:
            folder = nil
            address = try await PostgresServer.freshDatabase()
        }
    }

    func open() throws -> any Database { try Databases.open(address: address) }
}

/// Runs `body` with a fresh database, and closes it.
func withDatabase<T>(_ driver: Driver, _ body: (any Database, Place) async throws -> T) async throws -> T {
    let place = try await Place(driver)
    let database = try place.open()
    do {
        let result = try await body(database, place)
        await database.close()
        return result
    } catch {
        await database.close()
        throw error
    }
}

extension Database {
    /// For statements that a test needs once.
    func run(_ sql: String, _ arguments: any SQLConvertible...) async throws {
        _ = try await write { try $0.execute(sql, arguments) }
    }

    func integer(_ sql: String) async throws -> Int64 {
        try await read { try $0.query(sql).first?.get("n") ?? -1 }
    }
}
