import Ledger
import Storage
import TestSupport
import Testing

enum Driver: String, CaseIterable, Sendable {
    case sqlite, postgresql
}

/// A day in 2026, in microseconds, and its parts.
enum Clock {
    static let second: Int64 = 1_000_000
    static let day: Int64 = 86_400 * second
    static let noon: Int64 = 20_700 * day + day / 2
}

/// A fresh ledger with two handles on it.
struct Books {
    let database: any Database
    let other: any Database

    /// Runs `body`, and checks in the end that the books are right.
    static func open(_ driver: Driver, _ body: (Books) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let address =
            switch driver {
            case .sqlite: "sqlite:\(folder.file("ledger.sqlite"))"
            case .postgresql: try await PostgresServer.freshDatabase()
            }
        let books = Books(
            database: try Databases.open(address: address), other: try Databases.open(address: address))
        try await Ledger.migrate(books.database, now: 0)
        try await body(books)
        let findings = try await books.database.read { try Ledger.findings(on: $0) }
        #expect(findings == [])
        await books.database.close()
        await books.other.close()
        _ = folder.path
    }

    func limit(_ scope: String, _ dollars: String, reserve: String = "0", at now: Int64 = Clock.noon) async throws {
        let limit = try #require(Nanodollars(dollars: dollars))
        let reserve = try #require(Nanodollars(dollars: reserve))
        try await database.write {
            try Ledger.setBudget(scope, limit: limit, reserve: reserve, reason: "test", on: $0, at: now)
        }
    }

    /// Asks for pages of `llamaparse`, at 0.003 USD each, or tokens.
    func hold(
        _ key: String, _ quantity: Int64, sku: String = "llamaparse", reserve: Bool = false,
        lifetime: Int64 = 60 * Clock.second, at now: Int64 = Clock.noon
    ) async throws -> HoldDecision {
        let request = HoldRequest(
            key: key, sku: sku, quantity: quantity, reference: "job", lifetime: lifetime, usesReserve: reserve)
        return try await database.write { try Ledger.hold(request, on: $0, at: now) }
    }

    @discardableResult
    func post(_ key: String, _ quantity: Int64, at now: Int64 = Clock.noon) async throws -> Posting {
        try await database.write { try Ledger.post(key, .units(quantity), on: $0, at: now) }
    }

    func release(_ key: String, at now: Int64 = Clock.noon) async throws {
        try await database.write { try Ledger.release(key, on: $0, at: now) }
    }

    func spend(_ scope: String = Ledger.total, at now: Int64 = Clock.noon) async throws -> ScopeSpend {
        let scopes = try await database.read { try Ledger.spend(on: $0, day: Ledger.day(of: now), at: now) }
        return try #require(scopes.first { $0.scope == scope })
    }
}

extension HoldDecision {
    var isHeld: Bool {
        if case .held = self { true } else { false }
    }
}

func dollars(_ text: String) -> Nanodollars {
    Nanodollars(dollars: text)!
}
