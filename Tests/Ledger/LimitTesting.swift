import Ledger
import Storage
import TestSupport

/// What suites about limits do with the books.
protocol LimitTesting {}

extension LimitTesting {
    func set(_ limit: Limit, _ books: Books) async throws {
        try await books.database.write { try Ledger.setLimit(limit, on: $0) }
    }

    func states(_ books: Books, at now: Int64 = Clock.noon) async throws -> [LimitState] {
        try await books.database.read { try Ledger.limitStates(on: $0, at: now) }
    }

    func hold(
        _ key: String, pages: Int64 = 1, user: String? = nil, sku: String = "llamaparse", at now: Int64 = Clock.noon,
        _ books: Books
    ) async throws -> HoldDecision {
        let request = HoldRequest(
            key: key, sku: sku, quantity: pages, reference: "job",
            context: HoldContext(service: "worker", release: "v1", user: user))
        return try await books.database.write { try Ledger.hold(request, on: $0, at: now) }
    }

    func settle(_ books: Books, at now: Int64) async throws {
        _ = try await books.database.write { try Ledger.settle([], on: $0, at: now) }
    }
}
