import Storage
import TestSupport
import Testing

@testable import Ledger

@Suite(.timeLimit(.minutes(1))) struct `Changes of limits` {
    private func changes(_ books: Books) async throws -> [LimitChange] {
        try await books.database.read { try Ledger.limitChanges(on: $0) }
    }

    private func said(_ books: Books) async throws -> [String] {
        func words(_ terms: LimitTerms?) -> String {
            guard let terms else { return "none" }
            return [terms.amount?.short, terms.requests.map { "\($0) requests" }].compactMap(\.self).joined(
                separator: " and ")
        }
        return try await changes(books).reversed().map {
            "\($0.name): \(words($0.before)) to \(words($0.after)) by \($0.by ?? "nobody"): \($0.reason)"
        }
    }

    @Test(arguments: Driver.allCases)
    func `say who changed a budget, from what to what, and setting the same again is none`(driver: Driver) async throws
    {
        try await Books.open(driver) { books in
            func set(_ amount: String, _ reason: String, _ actor: String?, until: Int64? = nil, at now: Int64)
                async throws
            {
                try await books.database.write {
                    try Ledger.setBudget(
                        "openai", limit: dollars(amount), reason: reason, by: actor, until: until, on: $0,
                        at: Clock.noon + now)
                }
            }
            try await set("5", "dev.yaml", nil, at: 0)
            try await set("5", "dev.yaml", nil, at: 1)
            try await set("50", "the backlog", "ada", until: Clock.noon + 100, at: 2)
            // While it is raised, the file is read again; then another comes.
            try await set("5", "dev.yaml", nil, at: 3)
            try await set("4", "rollout r-1", "bob", at: 4)
            // What was raised is so until its time is over.
            for (time, amount) in [(Clock.noon + 5, "50"), (Clock.noon + 100, "4")] {
                let budget = try await books.database.read { try Ledger.budget(of: "openai", on: $0, at: time) }
                #expect(budget?.limit == dollars(amount))
            }
            try await books.database.write {
                try Ledger.keepBudgets([], reason: "rollout r-2", by: "bob", on: $0, at: Clock.noon + 5)
                try Ledger.keepBudgets([], reason: "rollout r-3", by: "bob", on: $0, at: Clock.noon + 6)
            }
            #expect(
                try await said(books) == [
                    "openai: none to 5 by nobody: dev.yaml", "openai: 5 to 50 by ada: the backlog",
                    "openai: 5 to 4 by bob: rollout r-1", "openai: 4 to none by bob: rollout r-2",
                ])
            let raise = try #require(try await changes(books).first { $0.by == "ada" })
            #expect(raise.at == Clock.noon + 2 && raise.until == Clock.noon + 100 && raise.scope == "openai")
        }
    }

    @Test(arguments: Driver.allCases)
    func `say who changed a limit, and who ended it`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            var limit = Limit(
                name: "calls", scope: "openai", period: .hour, requests: 1_000, warnings: [50, 80],
                effectiveFrom: Clock.noon, reason: "dev.yaml")
            try await books.database.write { [limit] in try Ledger.setLimit(limit, by: "bob", on: $0) }
            (limit.requests, limit.reason) = (2_000, "the backlog")
            (limit.effectiveFrom, limit.effectiveTo) = (Clock.noon + 1, Clock.noon + 9)
            for _ in 0..<2 {
                try await books.database.write { [limit] in try Ledger.setLimit(limit, by: "ada", on: $0) }
            }
            (limit.requests, limit.action) = (1_500, .alert)
            (limit.effectiveFrom, limit.effectiveTo, limit.reason) = (Clock.noon + 2, nil, "rollout r-1")
            try await books.database.write { [limit] in try Ledger.setLimit(limit, by: "bob", on: $0) }
            // What was raised is so until its time is over.
            for (time, requests) in [(Clock.noon + 3, 2_000), (Clock.noon + 9, 1_500)] as [(Int64, Int64)] {
                let limits = try await books.database.read { try Ledger.limits(on: $0, at: time) }
                #expect(limits.map(\.requests) == [requests])
            }
            try await books.database.write {
                try Ledger.keepLimits([], reason: "rollout r-2", by: "eve", on: $0, at: Clock.noon + 20)
            }
            #expect(
                try await said(books) == [
                    "calls: none to 1000 requests by bob: dev.yaml",
                    "calls: 1000 requests to 2000 requests by ada: the backlog",
                    "calls: 1000 requests to 1500 requests by bob: rollout r-1",
                    "calls: 1500 requests to none by eve: rollout r-2",
                ])
            #expect(try await changes(books)[1].after?.words == "hour (UTC), alert, warned at 50 %, 80 %")
        }
    }

    @Test(arguments: Driver.allCases)
    func `stay as they were written`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "5")
            for statement in ["UPDATE ledger_limit_change SET reason = 'x'", "DELETE FROM ledger_limit_change"] {
                await #expect(throws: DatabaseError.self) {
                    try await books.database.write { _ = try $0.execute(statement) }
                }
            }
        }
    }

    @Test(arguments: Driver.allCases)
    func `let nothing be held back any more by a budget that the file does not name`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("llamaparse", "0.003")
            #expect(try await books.hold("a", 1).isHeld)
            #expect(try await !books.hold("b", 1).isHeld)
            try await books.database.write {
                try Ledger.keepBudgets(["total"], reason: "dev.yaml", on: $0, at: Clock.noon)
            }
            #expect(try await books.hold("c", 1_000).isHeld)
            #expect(try await books.spend("llamaparse").budget == nil)
        }
    }
}
