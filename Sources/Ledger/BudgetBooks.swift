import Storage

/// All that holds are decided by, locked: the counters of days, and the windows of limits, in this order.
struct BudgetBooks {
    private var days: CounterBook
    private var windows: WindowBook

    /// - Parameters:
    ///   - changes: what holds that have ended, or cost more than they were, will add.
    ///   - days: what holds that begin need as well.
    ///   - windows: the same for limits, with when they were set; asked when the days are locked.
    static func open(
        telling changes: [(hold: Hold, change: Counter)], days: Set<CounterKey> = [],
        on connection: any Connection, windows: () throws -> [WindowBook.Key: Int64] = { [:] }
    ) throws -> BudgetBooks {
        let ended = changes.flatMap { item in item.hold.scopes.map { CounterKey(scope: $0, day: item.hold.day) } }
        let days = try CounterBook.open(days.union(ended), on: connection)
        return BudgetBooks(days: days, windows: try WindowBook.open(changes, windows(), on: connection))
    }

    /// The same without locks, to look at.
    static func seen(by terms: HoldTerms, on connection: any Connection) throws -> BudgetBooks {
        BudgetBooks(
            days: try CounterBook.seen(terms.days, on: connection),
            windows: try WindowBook.seen(terms.limits.map(\.window), on: connection))
    }

    subscript(_ scope: String, _ day: Int64) -> Counter { days[scope, day] }
    subscript(_ key: WindowBook.Key) -> Counter { windows[key] }

    mutating func add(_ change: Counter, for hold: Hold) {
        days.add(change, for: hold)
        windows.add(change, for: hold)
    }

    mutating func refuse(_ key: CounterKey, at now: Int64) { days.add(Counter(refusedAt: now), to: key) }
    mutating func refuse(_ key: WindowBook.Key, at now: Int64) { windows.add(Counter(refusedAt: now), to: key) }

    func store(on connection: any Connection) throws {
        try days.store(on: connection)
        try windows.store(on: connection)
    }
}
