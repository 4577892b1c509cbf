import Ledger
import Rollouts
import Storage

extension LiveControl {
    package func costs(
        _ environment: String, by group: String, from: String?, until: String?
    ) async throws -> CostReportDocument {
        guard let by = CostGroup(rawValue: group) else {
            let known = CostGroup.allCases.map(\.rawValue).joined(separator: ", ")
            throw Refusal("bad_group", "Costs are summed by \(known), not by \(group).", exit: .usage)
        }
        let now = now
        let asked = try period(from, until)
        let (begin, end) = by.bounds(from: asked.begin, until: asked.end)
        return try await ledger(of: environment) { connection in
            let lines = try Ledger.costs(by: by, from: begin, until: end, on: connection)
            let total = try Ledger.costs(by: .provider, from: begin, until: end, on: connection)
            let unknown = try Ledger.unknowns(
                from: Ledger.day(of: begin), through: Ledger.day(of: end - 1), on: connection)
            return CostReportDocument(
                from: Timestamp(microseconds: begin).rfc3339,
                until: Timestamp(microseconds: min(end, max(asked.end, now.microseconds))).rfc3339,
                by: by.rawValue, total: total.reduce(Nanodollars.zero) { $0 + $1.spent }.description,
                unknown: unknown.reduce(Nanodollars.zero) { $0 + $1.amount }.description, currency: "USD",
                lines: lines.map {
                    .init(
                        name: $0.name, spent: $0.spent.description, overage: $0.overage.description,
                        quantity: $0.quantity, calls: $0.calls)
                },
                booked: try Ledger.booked(from: begin, until: end, on: connection).map {
                    .init(kind: $0.kind.rawValue, source: $0.source, cost: $0.cost.description)
                },
                forecast: try Ledger.forecast(on: connection, at: now.microseconds).map { forecast in
                    .init(
                        month: String(CivilDay.text(Ledger.day(of: now.microseconds)).prefix(7)),
                        spent: forecast.spent.description, expected: forecast.expected.description,
                        low: forecast.low.description, high: forecast.high.description, days: forecast.days)
                })
        }
    }

    package func limits(_ environment: String) async throws -> [LimitDocument] {
        let now = now.microseconds
        return try await ledger(of: environment) { connection in
            let spend = try Ledger.spend(on: connection, day: Ledger.day(of: now), at: now)
            let frozen = Dictionary(spend.map { ($0.scope, $0.frozen) }) { first, _ in first }
            let states = try spend.compactMap(LimitState.init) + Ledger.limitStates(on: connection, at: now)
            let unlimited = spend.filter { spend in spend.isFrozen && !states.contains { $0.scope == spend.scope } }
            return states.map { LimitDocument($0, frozen: frozen[$0.scope] ?? nil) } + unlimited.map(LimitDocument.init)
        }
    }

    package func raise(
        _ environment: String, _ body: RaiseBody, by caller: Caller
    ) async throws -> [LimitDocument] {
        guard body.reason.contains(where: { !$0.isWhitespace }) else {
            throw Refusal("reason_missing", "Say why: --reason TEXT", exit: .usage)
        }
        let (now, until) = (now.microseconds, try moment(body.until).microseconds)
        guard until > now else { throw Refusal("bad_time", "\(body.until) is over already.", exit: .usage) }
        let amount = try body.limit.map(dollars)
        guard amount != nil || body.requests != nil else {
            throw Refusal("limit_missing", "Say how much: --to 50, or --requests 200.", exit: .usage)
        }
        let reason = "\(caller.name): \(body.reason)"
        let ledger = try await ledger(of: environment)
        try await ledger.write { connection in
            if var limit = try Ledger.limits(on: connection, at: now).first(where: { $0.name == body.name }) {
                try Self.check(body, limits: (limit.amount != nil, limit.requests != nil))
                if let amount { (limit.amount, limit.reserve) = (amount, Nanodollars(amount.count / 50)) }
                limit.requests = body.requests ?? limit.requests
                (limit.effectiveFrom, limit.effectiveTo, limit.reason) = (now, until, reason)
                return try Ledger.setLimit(limit, by: caller.name, on: connection)
            }
            guard try Ledger.budget(of: body.name, on: connection, at: now) != nil else {
                throw Refusal(
                    "unknown_budget", "\(environment) has no budget \(body.name). See: tidegate cost budget.",
                    exit: .usage)
            }
            try Self.check(body, limits: (money: true, requests: false))
            guard let amount else { return }
            try Ledger.setBudget(
                body.name, limit: amount, reason: reason, by: caller.name, until: until, on: connection, at: now)
        }
        return try await limits(environment)
    }

    /// Only what is limited can be raised: anything else would be a limit more.
    private static func check(_ body: RaiseBody, limits: (money: Bool, requests: Bool)) throws {
        if body.requests != nil, !limits.requests {
            throw Refusal(
                "not_limited", "The budget \(body.name) limits dollars and no requests. Raise it with --to alone.",
                exit: .usage)
        }
        if body.limit != nil, !limits.money {
            throw Refusal(
                "not_limited", "The limit \(body.name) is of requests, not of dollars. Raise it with --requests alone.",
                exit: .usage)
        }
    }

    package func limitChanges(_ environment: String) async throws -> [LimitChangeDocument] {
        try await ledger(of: environment) { try Ledger.limitChanges(on: $0).map { LimitChangeDocument($0) } }
    }

    package func lift(_ environment: String, _ body: LiftBody, by caller: Caller) async throws -> [LimitDocument] {
        guard body.reason.contains(where: { !$0.isWhitespace }) else {
            throw Refusal("reason_missing", "Say why: --reason TEXT", exit: .usage)
        }
        let (now, reason) = (now.microseconds, "\(caller.name): \(body.reason)")
        let ledger = try await ledger(of: environment)
        let lifted = try await ledger.write {
            try Ledger.liftFreezes(of: body.scope, reason: reason, on: $0, at: now)
        }
        guard lifted > 0 else {
            throw Refusal(
                "not_frozen", "\(body.scope) is not frozen. See: tidegate cost budget \(environment)", exit: .usage)
        }
        return try await limits(environment)
    }

    package func prices(_ environment: String) async throws -> [PriceDocument] {
        try await ledger(of: environment) { try Ledger.prices(on: $0).map(PriceDocument.init) }
    }

    package func addPrice(
        _ environment: String, _ body: PriceDocument, by caller: Caller
    ) async throws -> [PriceDocument] {
        let price = Price(
            sku: body.sku, provider: body.provider, unit: body.unit, amount: try dollars(body.amount), per: body.per,
            effectiveFrom: try moment(body.from).microseconds, source: "\(body.source) (\(caller.name))")
        // What was held stays at its price; an earlier beginning would make the same past cost two things.
        guard price.effectiveFrom >= now.microseconds - 86_400_000_000 else {
            throw Refusal("bad_time", "A price begins today at the earliest, not at \(body.from).", exit: .usage)
        }
        let ledger = try await ledger(of: environment)
        do {
            try await ledger.write { try Ledger.add(price, on: $0) }
        } catch DatabaseError.constraint {
            throw Refusal(
                "price_exists", "\(body.sku) has a price from \(body.from) on already; prices never change.",
                exit: .usage)
        } catch let error as LedgerError { throw Refusal("bad_price", "\(error)", exit: .usage) }
        return try await prices(environment)
    }

    package func moves(
        _ environment: String, from before: String, to after: String
    ) async throws -> [CostMoveDocument] {
        try await ledger(of: environment) { connection in
            try Ledger.moves(from: before, to: after, on: connection).map { move in
                CostMoveDocument(
                    service: move.service, sku: move.sku, before: .init(move.before), after: .init(move.after),
                    change: move.change.description)
            }
        }
    }

    /// What providers took lately for each job of the release that runs: what the next one is judged against.
    func costNotes(_ environment: String, _ release: String) async -> [String] {
        let today = Ledger.day(of: now.microseconds)
        do {
            let costs = try await ledger(of: environment) {
                try Ledger.jobCosts(of: release, from: today - 6, through: today, on: $0)
            }
            guard !costs.isEmpty else {
                return ["What \(release) costs at providers is unknown: it has spent nothing for seven days."]
            }
            return costs.map { cost in
                "\(cost.service.isEmpty ? release : "\(cost.service) \(release)"): \(cost.average.short) USD at providers for "
                    + "each of \(cost.jobs) jobs or requests in seven days."
            }
        } catch { return ["What \(release) costs at providers is unknown: \(error)"] }
    }

    /// The running month, unless something else is said.
    func period(_ from: String?, _ until: String?) throws -> (begin: Int64, end: Int64) {
        let now = now.microseconds
        let month = LedgerCalendar.window(.month, zone: "UTC", containing: now)
        let begin = try from.map(moment)?.microseconds ?? month.startsAt
        let end = try until.map(moment)?.microseconds ?? now + 1
        guard begin < end else {
            throw Refusal("bad_time", "The time ends before it begins: --from must be before --until.", exit: .usage)
        }
        return (begin, end)
    }

    private func dollars(_ text: String) throws -> Nanodollars {
        guard let amount = Nanodollars(dollars: text), amount >= .zero else {
            throw Refusal("bad_amount", "\(text) is no amount of dollars; write it like 12.50.", exit: .usage)
        }
        return amount
    }

    func ledger<T: Sendable>(
        of environment: String, _ read: @Sendable @escaping (any Connection) throws -> T
    ) async throws -> T {
        try await ledger(of: environment).read(read)
    }

    func ledger(of environment: String) async throws -> any Database {
        let definition = try parts.environments.environment(environment)
        return try await Explanations.explaining {
            let bundle = try await parts.engine.state(environment: environment).current
            guard let ledger = try await parts.spend.ledger(of: definition, bundle: bundle) else {
                throw Refusal(
                    "unknown_spend", "\(environment) names no ledger, or nothing runs there yet: its spend is unknown.",
                    exit: .checkFailed)
            }
            return ledger
        }
    }
}

extension LimitDocument {
    /// A scope that is frozen, and that nothing limits.
    init(_ spend: ScopeSpend) {
        let today = LimitWindow(startsAt: spend.day * 86_400_000_000, endsAt: (spend.day + 1) * 86_400_000_000)
        self.init(
            name: spend.scope, scope: spend.scope, period: Limit.Period.day.rawValue, zone: "UTC",
            windowEnds: Timestamp(microseconds: today.endsAt).rfc3339, limit: nil, spent: spend.spent.description,
            held: spend.held.description, requestLimit: nil, requests: 0, action: Limit.Action.defer.rawValue,
            warning: nil, reached: false, reason: "nothing limits it")
        freeze(spend.frozen)
    }

    init(_ state: LimitState, frozen: ScopeFreeze?) {
        let limit = state.limit
        self.init(
            name: limit.name, scope: state.scope, period: limit.period.rawValue, zone: limit.zone,
            windowEnds: Timestamp(microseconds: state.window.endsAt).rfc3339, limit: limit.amount?.description,
            spent: state.spent.description, held: state.held.description, requestLimit: limit.requests,
            requests: state.requests, action: limit.action.rawValue, warning: state.warning, reached: state.isReached,
            reason: limit.reason)
        freeze(frozen)
        until = limit.effectiveTo.map { Timestamp(microseconds: $0).rfc3339 }
    }

    private mutating func freeze(_ freeze: ScopeFreeze?) {
        frozen = freeze?.overage.description
        frozenUntil = freeze.map { Timestamp(microseconds: $0.endsAt).rfc3339 }
    }
}

extension LimitChangeDocument {
    init(_ change: LimitChange) {
        self.init(
            at: Timestamp(microseconds: change.at).rfc3339, name: change.name, scope: change.scope,
            before: change.before.map { Terms($0) }, after: change.after.map { Terms($0) },
            until: change.until.map { Timestamp(microseconds: $0).rfc3339 }, by: change.by, reason: change.reason)
    }
}

extension LimitChangeDocument.Terms {
    init(_ terms: LimitTerms) {
        self.init(limit: terms.amount?.description, requestLimit: terms.requests, terms: terms.words)
    }
}

extension PriceDocument {
    init(_ price: Price) {
        self.init(
            sku: price.sku, provider: price.provider, unit: price.unit, amount: price.amount.description,
            per: price.per, from: Timestamp(microseconds: price.effectiveFrom).rfc3339, source: price.source)
    }
}

extension CostMoveDocument.Side {
    fileprivate init(_ side: CostMove.Side) {
        self.init(
            spent: side.spent.description, calls: side.calls, jobs: side.jobs, perJob: side.perJob?.description,
            perCall: side.perCall?.description)
    }
}
