/// How much may be spent, or how often may be called, in an hour, a day or a month of a time zone.
package struct Limit: Sendable, Equatable {
    package enum Period: String, Sendable, CaseIterable {
        case hour, day, month
    }

    /// What happens when it is reached.
    package enum Action: String, Sendable, CaseIterable {
        /// Nothing more is bought until somebody sets the limit anew, in later periods neither.
        case stop
        /// What would be bought waits for the next period.
        case `defer`
        /// Nothing is held back; whoever watches is told.
        case alert
    }

    /// Names it among the environment's limits.
    package var name: String
    /// `total`, a provider's name, or `model:`, `service:`, `release:` or `user:` with a name; `*` for each of them by itself.
    package var scope: String
    package var period: Period
    /// A name of the IANA time zone database.
    package var zone: String
    /// At least one of these two is there.
    package var amount: Nanodollars?
    package var requests: Int64?
    /// The part of the amount that only smoke tests may use.
    package var reserve: Nanodollars
    package var action: Action
    /// Percents of the amount, or of the requests, from which on whoever watches is warned.
    package var warnings: [Int]
    /// Microseconds since 1970.
    package var effectiveFrom: Int64
    package var effectiveTo: Int64?
    package var reason: String

    package init(
        name: String, scope: String, period: Period, zone: String = "UTC", amount: Nanodollars? = nil,
        requests: Int64? = nil, reserve: Nanodollars = .zero, action: Action = .defer, warnings: [Int] = [],
        effectiveFrom: Int64, effectiveTo: Int64? = nil, reason: String
    ) {
        (self.name, self.scope, self.period, self.zone) = (name, scope, period, zone)
        (self.amount, self.requests, self.reserve) = (amount, requests, reserve)
        (self.action, self.warnings, self.reason) = (action, warnings, reason)
        (self.effectiveFrom, self.effectiveTo) = (effectiveFrom, effectiveTo)
    }

    /// Which of a hold's scopes it counts: `user:*` counts each user by itself.
    func counted(of hold: Hold) -> String? {
        if !scope.hasSuffix(":*") { return hold.limitScopes.contains(scope) ? scope : nil }
        return hold.limitScopes.first { $0.hasPrefix(scope.dropLast()) }
    }

    /// Whether both count the same calls in the same windows.
    func countsAs(_ other: Limit) -> Bool {
        scope == other.scope && period == other.period && zone == other.zone
    }

    /// Whether it asks for the same, whenever it was set.
    func isSame(as other: Limit) -> Bool {
        var other = other
        (other.effectiveFrom, other.reason) = (effectiveFrom, reason)
        return self == other
    }
}

/// A period with its bounds; the end is exclusive.
package struct LimitWindow: Sendable, Hashable {
    package let startsAt: Int64
    package let endsAt: Int64

    package init(startsAt: Int64, endsAt: Int64) {
        (self.startsAt, self.endsAt) = (startsAt, endsAt)
    }

    func contains(_ time: Int64) -> Bool { startsAt <= time && time < endsAt }
}

/// How a limit stands in the window of a time.
package struct LimitState: Sendable, Equatable {
    package let limit: Limit
    /// Whom it counts: of a limit for each user, one user.
    package let scope: String
    package let window: LimitWindow
    package let spent: Nanodollars
    package let held: Nanodollars
    package let requests: Int64
    /// Whether something was refused, or would have been were it not for `alert`.
    package let isReached: Bool

    package init(
        limit: Limit, scope: String, window: LimitWindow, spent: Nanodollars, held: Nanodollars, requests: Int64,
        isReached: Bool
    ) {
        (self.limit, self.scope, self.window) = (limit, scope, window)
        (self.spent, self.held, self.requests, self.isReached) = (spent, held, requests, isReached)
    }

    /// The warning levels in percent, from the lowest: a limit that names none has one at four fifths.
    package var levels: [Int] { limit.warnings.isEmpty ? [80] : Set(limit.warnings).sorted() }

    /// The highest warning level that was passed; nil before the first.
    package var warning: Int? { levels.last(where: hasPassed) }

    /// Whether so many percent are used. What is only held does not count: it may come back.
    package func hasPassed(_ level: Int) -> Bool {
        let money = limit.amount.map { Int128(spent.count) * 100 >= Int128($0.count) * Int128(level) }
        let calls = limit.requests.map { Int128(requests) * 100 >= Int128($0) * Int128(level) }
        return money == true || calls == true
    }

    /// How much is used, 1 for all of it: of money or of requests, whichever is more. For sentences; `hasPassed` is exact.
    package var share: Double {
        func share(_ used: Int64, _ all: Int64) -> Double { all > 0 ? Double(used) / Double(all) : 1 }
        return max(
            limit.amount.map { share(spent.count, $0.count) } ?? 0, limit.requests.map { share(requests, $0) } ?? 0)
    }

    /// What is used of what may be, such as `21.5 of 25 USD` or `800 of 1000 requests`.
    package var used: String {
        let money = limit.amount.map { "\(spent.short) of \($0.short) USD" }
        let calls = limit.requests.map { "\(requests) of \($0) request\($0 == 1 ? "" : "s")" }
        return [money, calls].compactMap(\.self).joined(separator: " and ")
    }
}

extension LimitState {
    /// A day's budget of everything or of a provider, which is counted where every release of the pipeline counts it.
    /// - Returns: nil when nothing limits the scope.
    package init?(_ spend: ScopeSpend) {
        guard let budget = spend.budget else { return nil }
        let day: Int64 = 86_400_000_000
        limit = Limit(
            name: spend.scope, scope: spend.scope, period: .day, amount: budget.limit, reserve: budget.reserve,
            effectiveFrom: budget.effectiveFrom, effectiveTo: budget.effectiveTo, reason: budget.reason)
        (scope, spent, held, requests) = (spend.scope, spend.spent, spend.held, 0)
        window = LimitWindow(startsAt: spend.day * day, endsAt: (spend.day + 1) * day)
        isReached = spend.isReached
    }
}
