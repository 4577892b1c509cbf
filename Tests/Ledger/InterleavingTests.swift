import Ledger
import Storage
import TestSupport
import Testing

/// What must hold whatever happens, in whichever order. A failure names its seed.
@Suite(.timeLimit(.minutes(1)))
struct InterleavingTests {
    private static let limit = dollars("0.100")

    @Test(arguments: Driver.allCases, Array(UInt64(1)...6))
    func `in any order of steps the budget holds and the books balance`(driver: Driver, seed: UInt64) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "0.100")
            var random = SplitMix(seed: seed)
            var model = Model()
            for step in 0..<60 {
                try await model.take(step, &random, books)
                let total = try await books.spend()
                #expect(total.spent - total.overage + total.held <= Self.limit, "seed \(seed), step \(step)")
                #expect(total.held == model.held, "seed \(seed), step \(step)")
                #expect(total.spent == model.spent, "seed \(seed), step \(step)")
            }
            #expect(try await books.database.read { try Ledger.findings(on: $0) } == [], "seed \(seed)")
        }
    }

    @Test(arguments: Driver.allCases)
    func `many at once on two handles never exceed the budget`(driver: Driver) async throws {
        try await Books.open(driver) { books in
            try await books.limit("total", "0.100")
            let held = try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<8 {
                    let database = task.isMultiple(of: 2) ? books.database : books.other
                    group.addTask { try await spendSome(database, task) }
                }
                return try await group.reduce(0, +)
            }
            let total = try await books.spend()
            #expect(total.spent + total.held <= Self.limit)
            #expect(held > 0 && total.spent > .zero)
            #expect(total.isReached)
        }
    }

    /// Ten calls of up to four pages each: some are posted for less, some released, some left.
    private func spendSome(_ database: any Database, _ task: Int) async throws -> Int {
        var held = 0
        for call in 0..<10 {
            let key = "\(task)-\(call)"
            let request = HoldRequest(key: key, sku: "llamaparse", quantity: 4, reference: "job")
            let decision = try await database.write { try Ledger.hold(request, on: $0, at: Clock.noon) }
            guard decision.isHeld else { continue }
            held += 1
            switch call % 3 {
            case 0: _ = try await database.write { try Ledger.post(key, .units(3), on: $0, at: Clock.noon) }
            case 1: try await database.write { try Ledger.release(key, on: $0, at: Clock.noon) }
            default: break
            }
        }
        return held
    }
}

/// The ledger as a person would keep it, to compare with.
private struct Model {
    private var open: [String: (amount: Int64, expiresAt: Int64)] = [:]
    private var ended: [String] = []
    private var now = Clock.noon
    private(set) var spent = Nanodollars.zero

    var held: Nanodollars { Nanodollars(open.values.reduce(0) { $0 + $1.amount }) }

    mutating func take(_ step: Int, _ random: inout SplitMix, _ books: Books) async throws {
        now += Int64(random.next() % 3)
        switch random.next() % 6 {
        case 0, 1, 2: try await hold("key-\(step)", &random, books)
        case 3: try await post(&random, books)
        case 4: try await release(&random, books)
        default: try await releaseAgain(books)
        }
    }

    private mutating func hold(_ key: String, _ random: inout SplitMix, _ books: Books) async throws {
        let pages = Int64(random.next() % 9) + 1
        let lifetime = Int64(random.next() % 30) + 1
        let decision = try await books.hold(key, pages, lifetime: lifetime, at: now)
        for (key, hold) in open where hold.expiresAt <= now {
            open[key] = nil
            ended.append(key)
        }
        if decision.isHeld { open[key] = (pages * 3_000_000, now + lifetime) }
    }

    /// At or below what was held: overages freeze, and are tested elsewhere.
    private mutating func post(_ random: inout SplitMix, _ books: Books) async throws {
        guard let (key, hold) = open.min(by: { $0.key < $1.key }) else { return }
        let pages = Int64(random.next() % UInt64(hold.amount / 3_000_000 + 1))
        let posting = try await books.post(key, pages, at: now)
        #expect(posting.overage == .zero && posting.cost.count == pages * 3_000_000)
        open[key] = nil
        spent = spent + posting.cost
    }

    private mutating func release(_ random: inout SplitMix, _ books: Books) async throws {
        guard let key = open.keys.max() else { return }
        try await books.release(key, at: now)
        open[key] = nil
        ended.append(key)
    }

    private func releaseAgain(_ books: Books) async throws {
        guard let key = ended.first else { return }
        try await books.release(key, at: now)
    }
}
