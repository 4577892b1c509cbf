import Storage

/// What a process asks of the ledger, in batches.
package enum LedgerRequest: Sendable, Equatable {
    case hold(HoldRequest)
    case release(key: String)
    case post(key: String, ActualCost)

    var key: String {
        switch self {
        case .hold(let request): request.key
        case .release(let key), .post(let key, _): key
        }
    }
}

package enum LedgerAnswer: Sendable, Equatable {
    case decided(HoldDecision)
    case released
    case posted(Posting)
}

extension Ledger {
    /// Does many things at once, in as few statements as one would take, and counts what was not counted before: holds
    /// that ended in other transactions, and those whose time is over. Each request has an answer of its own, and one's
    /// failure changes nothing for the others. Read committed is enough: what is decided by is locked before it is read.
    /// - Parameter endsDue: whether `now` can be believed, so that holds whose time is over are ended.
    /// - Returns: the answers, in the order of the requests; failures are `LedgerError`.
    /// - Throws: `DatabaseError`.
    package static func settle(
        _ requests: [LedgerRequest], on connection: any Connection, at now: Int64, endsDue: Bool = true
    ) throws -> [Result<LedgerAnswer, any Error>] {
        var answers: [Int: Result<LedgerAnswer, any Error>] = [:]
        for round in rounds(requests) {
            var batch = LedgerBatch(connection: connection, now: now, endsDue: endsDue)
            let settled = try batch.settle(round.map { requests[$0] })
            for (place, answer) in zip(round, settled) { answers[place] = answer }
        }
        return requests.indices.map { answers[$0] ?? .failure(LedgerError.unknownHold(key: requests[$0].key)) }
    }

    /// Who asks twice about one key is answered one after the other. There is always one round, to count what has ended.
    private static func rounds(_ requests: [LedgerRequest]) -> [[Int]] {
        var rounds: [[Int]] = [[]]
        var asked: [String: Int] = [:]
        for (place, request) in requests.enumerated() {
            let round = asked[request.key, default: 0]
            asked[request.key] = round + 1
            if round == rounds.count { rounds.append([]) }
            rounds[round].append(place)
        }
        return rounds
    }
}

/// One round: no key twice. Holds' rows come first and counters after them, as in every transaction of the ledger.
private struct LedgerBatch {
    let connection: any Connection
    let now: Int64
    let endsDue: Bool
    /// What counters have yet to be told.
    private var changes: [(hold: Hold, change: Counter)] = []

    init(connection: any Connection, now: Int64, endsDue: Bool) {
        (self.connection, self.now, self.endsDue) = (connection, now, endsDue)
    }

    mutating func settle(_ requests: [LedgerRequest]) throws -> [Result<LedgerAnswer, any Error>] {
        let known = try Ledger.holds(requests.map(\.key), on: connection)
        let recorded = try record(requests, known)
        let released = try release(requests, known)
        let expired = endsDue ? try Ledger.expire(on: connection, at: now) : []
        let waiting = try Ledger.takeUncounted(on: connection)
        let fresh = recorded.values.compactMap { result in
            if case .success(let cost) = result, cost.isNew { cost.uncounted } else { nil }
        }
        changes += expired.map { ($0, Counter(held: .zero - $0.amount)) }
        changes += (waiting + fresh).map { ($0.hold, $0.change) }
        changes += fresh.filter { $0.overage > .zero }.map { ($0.hold, Counter(overage: $0.overage)) }
        let decided = try decide(requests, known)
        try Ledger.sum(waiting + fresh, on: connection)
        return requests.map { request in
            if let recorded = recorded[request.key] {
                return recorded.map { .posted($0.posting) }.mapError { $0 }
            }
            return released[request.key] ?? decided[request.key] ?? .success(.released)
        }
    }

    private func record(
        _ requests: [LedgerRequest], _ known: [String: Hold]
    ) throws -> [String: Result<RecordedCost, LedgerError>] {
        let costs = requests.compactMap { request -> (String, ActualCost)? in
            if case .post(let key, let actual) = request { (key, actual) } else { nil }
        }
        return costs.isEmpty ? [:] : try Ledger.record(costs, holds: known, on: connection, at: now)
    }

    private mutating func release(
        _ requests: [LedgerRequest], _ known: [String: Hold]
    ) throws -> [String: Result<LedgerAnswer, any Error>] {
        let keys = requests.compactMap { if case .release(let key) = $0 { key } else { nil } }
        let ended = try Ledger.end(keys.filter { known[$0] != nil }, .released, on: connection, at: now)
        var answers: [String: Result<LedgerAnswer, any Error>] = [:]
        for key in keys {
            guard let hold = known[key] else {
                answers[key] = .failure(LedgerError.unknownHold(key: key))
                continue
            }
            if ended.contains(key) { changes.append((hold, Uncounted(hold: hold, givesBack: true).change)) }
            answers[key] = .success(.released)
        }
        return answers
    }

    /// Locks the counters, tells them what has changed, and decides by what they then say.
    private func decide(
        _ requests: [LedgerRequest], _ known: [String: Hold]
    ) throws -> [String: Result<LedgerAnswer, any Error>] {
        let asked = requests.compactMap { if case .hold(let request) = $0 { request } else { nil } }
        var terms = try HoldTerms(skus: Set(asked.map(\.sku)), on: connection, at: now)
        var books = try BudgetBooks.open(telling: changes, days: terms.days, on: connection) {
            try terms.readLimits(on: connection)
            return windows(asked, terms)
        }
        for (hold, change) in changes { books.add(change, for: hold) }
        var desk = try HoldDecisions(terms: terms, books: books, on: connection)
        let answers = asked.map { request in
            (request.key, Result { LedgerAnswer.decided(try desk.decide(request, known[request.key])) })
        }
        try Ledger.insert(desk.holds, on: connection, at: now)
        try desk.books.store(on: connection)
        return Dictionary(answers) { first, _ in first }
    }

    /// What cannot be held, because its amount is none, needs no window.
    private func windows(_ asked: [HoldRequest], _ terms: HoldTerms) -> [WindowBook.Key: Int64] {
        guard !terms.limits.isEmpty else { return [:] }
        let all = asked.flatMap { request -> [(key: WindowBook.Key, terms: LimitInForce)] in
            do throws(LedgerError) {
                return try terms.hold(request).map(terms.windows) ?? []
            } catch { return [] }
        }
        return Dictionary(all.map { ($0.key, $0.terms.setAt) }) { first, _ in first }
    }
}
