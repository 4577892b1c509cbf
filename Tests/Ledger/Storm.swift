import Ledger
import Storage
import TestSupport

/// 64 workers of four processes at one limit, in an order that the seed decides, dying anywhere: before a batch commits and
/// after, between a provider's answer and its posting, within the posting's transaction, before anybody has counted it. The
/// real statements run on SQLite in memory; what must hold is looked at after every transaction.
struct Storm {
    struct Broken: Error, CustomStringConvertible { let description: String }
    private struct Died: Error {}

    private enum Worker {
        case idle
        /// In its process's queue.
        case asking(HoldRequest)
        case holding(Hold)
        /// The provider has answered, and charged so many pages.
        case charged(Hold, pages: Int64)
        case gone
    }

    private struct Hour {
        var posted = Nanodollars.zero
        var overage = Nanodollars.zero
        var requests: Int64 = 0
    }

    static let limit = dollars("0.300")
    private static let hourLimit = dollars("0.250")
    private static let hourRequests: Int64 = 45
    private static let processes = 4

    private let ledger: SQLiteMemory
    private let seed: UInt64
    private var random: SplitMix
    private var workers = [Worker](repeating: .idle, count: 64)
    private var now: Int64
    private let end: Int64
    /// As a person would keep the books: open holds, with when they end, and what was recorded within holds and beyond.
    private var open: [String: Hold] = [:]
    private var posted = Nanodollars.zero
    private var overage = Nanodollars.zero
    /// The same for each window of the hour's limit, by its beginning.
    private var hours: [Int64: Hour] = [:]
    /// Of holds that ended by the clock.
    private var unknown: [String: Nanodollars] = [:]
    private(set) var transactions = 0

    static func ledgerInMemory() throws -> SQLiteMemory {
        let ledger = try SQLiteMemory()
        try ledger.write { connection in
            for migration in Ledger.migrator.migrations {
                for statement in migration.statements(.sqlite) { try connection.execute(statement) }
            }
            try Ledger.setBudget(
                Ledger.total, limit: limit, reserve: .zero, reason: "storm", on: connection, at: 0)
            try Ledger.setLimit(
                Limit(
                    name: "hourly", scope: "total", period: .hour, zone: "Asia/Kathmandu", amount: hourLimit,
                    requests: hourRequests, effectiveFrom: 0, reason: "storm"), on: connection)
        }
        return ledger
    }

    /// A day of its own in a ledger that others have used.
    init(_ ledger: SQLiteMemory, seed: UInt64) {
        (self.ledger, self.seed) = (ledger, seed)
        random = SplitMix(seed: seed)
        now = Clock.noon + Int64(seed) * Clock.day
        end = now + Clock.day / 2 - Clock.second
    }

    mutating func run() throws {
        while workers.contains(where: { if case .gone = $0 { false } else { true } }), now < end - Clock.day / 4 {
            switch random.next() % 10 {
            case 0, 1, 2, 3: try work()
            case 4, 5, 6: try batch(of: Int(random.next() % UInt64(Self.processes)))
            case 7: workers[Int(random.next() % 64)] = .gone
            case 8 where random.chance(0.1): now += Int64(random.next() % UInt64(1200 * Clock.second))
            default: now += Int64(random.next() % UInt64(Clock.second))
            }
        }
        self.now = end
        let now = end
        try write { connection in _ = try Ledger.settle([], on: connection, at: now) }
        expire()
        try checkEnd()
    }

    // MARK: What workers do

    private mutating func work() throws {
        let number = Int(random.next() % 64)
        switch workers[number] {
        case .idle:
            workers[number] = .asking(
                HoldRequest(
                    key: "\(seed)-\(number)", sku: "llamaparse", quantity: Int64(random.next() % 8) + 1,
                    reference: "job", lifetime: Int64(60 + random.next() % 900) * Clock.second,
                    context: HoldContext(service: "worker", release: "v1", user: "u\(number % 5)")))
        case .asking, .gone: break
        case .holding(let hold):
            if random.chance(0.15) { return try release(hold, number) }
            let most = hold.amount.count / 3_000_000
            let pages = random.chance(0.02) ? most + 2 : Int64(random.next() % UInt64(most + 1))
            workers[number] = .charged(hold, pages: pages)
        case .charged(let hold, let pages): try post(hold, pages, number)
        }
    }

    /// In the transaction of a stage.
    private mutating func post(_ hold: Hold, _ pages: Int64, _ number: Int) throws {
        let (dies, now) = (random.chance(0.1), now)
        let posting = try write { connection in
            let posting = try Ledger.post(hold.key, .units(pages), on: connection, at: now)
            if dies { throw Died() }
            return posting
        }
        workers[number] = .gone
        guard let posting else { return }
        open[hold.key] = nil
        unknown[hold.key] = nil
        posted = posted + posting.cost - posting.overage
        overage = overage + posting.overage
        hours[Self.hour(hold.heldAt), default: Hour()].posted =
            hours[Self.hour(hold.heldAt), default: Hour()].posted + posting.cost - posting.overage
        hours[Self.hour(hold.heldAt), default: Hour()].overage =
            hours[Self.hour(hold.heldAt), default: Hour()].overage + posting.overage
        if posting.overage > .zero, random.chance(0.9) { try lift() }
    }

    private mutating func release(_ hold: Hold, _ number: Int) throws {
        let now = now
        try write { try Ledger.release(hold.key, on: $0, at: now) }
        workers[number] = .gone
        // What had ended by the clock was called, for all that anybody knows.
        if open.removeValue(forKey: hold.key) != nil { hours[Self.hour(hold.heldAt)]?.requests -= 1 }
    }

    private mutating func lift() throws {
        let now = now
        try write { _ = try Ledger.liftFreezes(of: "llamaparse", reason: "storm", on: $0, at: now) }
    }

    /// Those of a process that ask, together.
    private mutating func batch(of process: Int) throws {
        let asking = workers.indices.compactMap { number -> (Int, HoldRequest)? in
            guard number % Self.processes == process, case .asking(let request) = workers[number] else { return nil }
            return (number, request)
        }
        // Who asks for nothing counts all the same, now and then.
        guard !asking.isEmpty || random.chance(0.1) else { return }
        let (dies, now) = (random.chance(0.1), now)
        let answers = try write { connection in
            let answers = try Ledger.settle(asking.map { .hold($0.1) }, on: connection, at: now)
            if dies { throw Died() }
            return answers
        }
        guard let answers else { return }
        expire()
        for ((number, _), answer) in zip(asking, answers) {
            guard case .decided(let decision) = try answer.get() else { throw broken("a hold was not decided") }
            guard case .held(let hold) = decision else {
                workers[number] = .gone
                continue
            }
            open[hold.key] = hold
            hours[Self.hour(hold.heldAt), default: Hour()].requests += 1
            // Some never hear of it.
            workers[number] = random.chance(0.05) ? .gone : .holding(hold)
        }
        try check()
    }

    private mutating func expire() {
        for (key, hold) in open where hold.expiresAt <= now {
            open[key] = nil
            unknown[key] = hold.amount
        }
    }

    /// - Returns: nil when who ran it died within.
    @discardableResult
    private mutating func write<T>(_ body: (any Connection) throws -> T) throws -> T? {
        transactions += 1
        do { return try ledger.write(body) } catch is Died { return nil }
    }

    // MARK: What must hold

    private var held: Nanodollars { open.values.reduce(.zero) { $0 + $1.amount } }

    private func check() throws {
        guard posted + held <= Self.limit else { throw broken("\(posted) posted and \(held) held") }
        let seen = try ledger.read { try Ledger.spend(on: $0, day: Ledger.day(of: now), at: now)[0] }
        guard seen.spent == posted + overage, seen.overage == overage, seen.held == held else {
            throw broken("\(seen) beside \(posted) posted, \(overage) over and \(held) held")
        }
        try checkHour()
    }

    private func checkHour() throws {
        let (start, now) = (Self.hour(now), now)
        let (hour, held) = (
            hours[start] ?? Hour(),
            open.values.filter { Self.hour($0.heldAt) == start }.reduce(.zero) { $0 + $1.amount }
        )
        guard hour.posted + held <= Self.hourLimit, hour.requests <= Self.hourRequests else {
            throw broken("\(hour) and \(held) held this hour")
        }
        let seen = try ledger.read { try Ledger.limitStates(on: $0, at: now)[0] }
        guard seen.spent == hour.posted + hour.overage, seen.held == held, seen.requests == hour.requests else {
            throw broken("\(seen) beside \(hour) and \(held) held this hour")
        }
    }

    /// In Kathmandu hours begin a quarter past.
    private static func hour(_ time: Int64) -> Int64 { time - (time - 900 * Clock.second) % (3600 * Clock.second) }

    private func checkEnd() throws {
        try check()
        let (day, from) = (Ledger.day(of: now), Ledger.day(of: now) * Clock.day)
        let (unknowns, lines, states, rest) = try ledger.read { connection in
            (
                try Ledger.unknowns(from: day, through: day, on: connection),
                try Ledger.costs(by: .user, from: from, until: from + Clock.day, on: connection),
                try connection.query(
                    "SELECT MAX(held) AS held, MIN(held) AS least FROM ledger_window WHERE ends_at > ?", [from])[0],
                try connection.query("SELECT COUNT(*) AS n FROM ledger_uncounted")[0].get("n", as: Int.self)
            )
        }
        guard open.isEmpty, held == .zero else { throw broken("\(open.count) holds leaked") }
        guard rest == 0 else { throw broken("\(rest) are not counted") }
        guard Set(unknowns.map(\.key)) == Set(unknown.keys) else { throw broken("not those are unknown") }
        guard lines.reduce(.zero, { $0 + $1.spent }) == posted + overage else { throw broken("the hours' sums differ") }
        let window: (Int64?, Int64?) = (try states.get("held"), try states.get("least"))
        guard window.0 ?? 0 == 0, window.1 ?? 0 == 0 else { throw broken("a limit still holds \(window)") }
    }

    private func broken(_ what: String) -> Broken { Broken(description: "seed \(seed), \(transactions): \(what)") }
}
