import Storage

extension Ledger {
    /// Records what a call cost, and ends its hold. It never refuses reality: what the hold does not cover is recorded as
    /// an overage, which freezes the provider's budget; so is everything when the hold had ended before. Once for each
    /// key: posting again changes nothing, and answers with what was recorded.
    ///
    /// The budget's counters follow with the next batch, until which the hold counts; an overage they are told at once.
    /// - Throws: `LedgerError.unknownHold`, `LedgerError.invalidAmount`, `DatabaseError`.
    @discardableResult
    package static func post(
        _ key: String, _ actual: ActualCost, on connection: any Connection, at now: Int64
    ) throws -> Posting {
        let holds = try holds([key], on: connection)
        guard let result = try record([(key, actual)], holds: holds, on: connection, at: now)[key] else {
            throw LedgerError.unknownHold(key: key)
        }
        let recorded = try result.get()
        guard recorded.isNew else { return recorded.posting }
        try countLater(recorded.uncounted, on: connection)
        if recorded.posting.overage > .zero {
            let change = Counter(overage: recorded.posting.overage)
            var books = try BudgetBooks.open(telling: [(recorded.hold, change)], on: connection)
            books.add(change, for: recorded.hold)
            try books.store(on: connection)
        }
        return recorded.posting
    }

    /// What was recorded under a key; nil before it was.
    package static func posting(_ key: String, on connection: any Connection) throws -> Posting? {
        try postings([key], on: connection)[key]
    }

    /// What was spent for one thing, such as a job.
    package static func cost(of reference: String, on connection: any Connection) throws -> Nanodollars {
        let sum: Nanodollars? = try connection.query(
            """
            SELECT SUM(p.nanos) AS nanos FROM ledger_transfer t
            JOIN ledger_posting p ON p.transfer = t.id AND p.nanos > 0 WHERE t.reference = ?
            """, [reference]
        ).first?.get("nanos")
        return sum ?? .zero
    }

    /// Transfers are looked up by their ids, which are made of their hold's: a scan would also make serializable
    /// transactions of different jobs depend on each other.
    static func postings(
        _ keys: some Collection<String>, on connection: any Connection
    ) throws -> [String: Posting] {
        guard !keys.isEmpty else { return [:] }
        let ids = keys.flatMap { key in TransferKind.allCases.map { $0.transfer(of: key) } }
        let rows = try connection.query(
            """
            SELECT t.hold AS hold, t.kind AS kind, MAX(p.nanos) AS nanos FROM ledger_transfer t
            JOIN ledger_posting p ON p.transfer = t.id
            WHERE t.id IN \(Placeholders.list(ids.count)) GROUP BY t.id, t.hold, t.kind
            """, ids)
        var postings: [String: Posting] = [:]
        for row in rows {
            let (key, amount): (String, Nanodollars) = (try row.get("hold"), try row.get("nanos"))
            let isOverage = try row.get("kind") == TransferKind.overage.rawValue
            let before = postings[key]
            postings[key] = Posting(
                key: key, cost: (before?.cost ?? .zero) + amount,
                overage: (before?.overage ?? .zero) + (isOverage ? amount : .zero))
        }
        return postings
    }
}

/// What became of one cost.
struct RecordedCost: Sendable {
    let hold: Hold
    let posting: Posting
    /// False when it was recorded before, and counted.
    let isNew: Bool
    /// How much of it the hold covered, which it ended; nil when the hold had ended before.
    let covered: Nanodollars?
    let units: Int64

    /// What is to be counted, but for the overage in the budgets.
    var uncounted: Uncounted {
        Uncounted(
            hold: hold, posted: covered ?? .zero, givesBack: covered != nil, overage: posting.overage, quantity: units,
            entries: 1)
    }
}

extension Ledger {
    /// Records costs, with a fixed number of statements, and ends their holds; all but their counters.
    /// - Parameters:
    ///   - costs: no key twice.
    ///   - holds: all that are known of those keys.
    /// - Returns: by key.
    static func record(
        _ costs: [(key: String, actual: ActualCost)], holds: [String: Hold], on connection: any Connection,
        at now: Int64
    ) throws -> [String: Result<RecordedCost, LedgerError>] {
        let prices = try prices(ids: Set(holds.values.map(\.priceID)), on: connection)
        var results: [String: Result<RecordedCost, LedgerError>] = [:]
        var known: [KnownCost] = []
        for (key, actual) in costs {
            do throws(LedgerError) {
                guard let hold = holds[key] else { throw .unknownHold(key: key) }
                known.append(KnownCost(hold: hold, actual: actual, cost: try cost(actual, hold, prices[hold.priceID])))
            } catch { results[key] = .failure(error) }
        }
        let ended = try end(known.map(\.hold.key), .posted, on: connection, at: now)
        // An open hold has no posting, so only for the others is one looked for.
        let before = try postings(known.map(\.hold.key).filter { !ended.contains($0) }, on: connection)
        var transfers: [Transfer] = []
        for item in known {
            if let posting = before[item.hold.key] {
                results[item.hold.key] = .success(item.repeated(posting))
                continue
            }
            let recorded = item.recorded(endsHold: ended.contains(item.hold.key))
            transfers += item.transfers(recorded)
            results[item.hold.key] = .success(recorded)
        }
        try record(transfers, on: connection, at: now)
        return results
    }

    private static func cost(
        _ actual: ActualCost, _ hold: Hold, _ price: Price?
    ) throws(LedgerError) -> Nanodollars {
        guard actual.units >= 0 else { throw .invalidAmount("\(actual.units) units") }
        switch actual {
        case .reported(let cost, _):
            guard cost >= .zero, cost <= .largest else { throw .invalidAmount("\(cost) USD") }
            return cost
        case .units(let units):
            guard let price else { throw .noPrice(sku: hold.priceID) }
            return try price.cost(of: units, rounding: .nearest)
        }
    }
}

/// What a call cost, before anything is written.
private struct KnownCost {
    let hold: Hold
    let actual: ActualCost
    let cost: Nanodollars

    func repeated(_ posting: Posting) -> RecordedCost {
        RecordedCost(hold: hold, posting: posting, isNew: false, covered: nil, units: 0)
    }

    func recorded(endsHold: Bool) -> RecordedCost {
        let covered = endsHold ? min(cost, hold.amount) : nil
        let posting = Posting(key: hold.key, cost: cost, overage: cost - (covered ?? .zero))
        return RecordedCost(hold: hold, posting: posting, isNew: true, covered: covered, units: actual.units)
    }

    func transfers(_ recorded: RecordedCost) -> [Transfer] {
        [Transfer(.cost, hold, actual, recorded.covered ?? .zero)]
            + (recorded.posting.overage > .zero
                ? [Transfer(.overage, hold, actual, recorded.posting.overage)] : [])
    }
}
