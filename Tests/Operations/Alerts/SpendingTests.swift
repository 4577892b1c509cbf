import Ledger
import Rollouts
import Testing

@testable import Operations

@Suite struct `What alerts know of spending` {
    private let day: Int64 = 86_400_000_000

    private func state(
        _ scope: String = "total", of name: String = "total", per period: Limit.Period = .day, zone: String = "UTC",
        amount: String? = nil, requests: Int64? = nil, spent: String = "0", held: String = "0", asked: Int64 = 0,
        warn: [Int] = [], action: Limit.Action = .defer, isReached: Bool = false
    ) -> LimitState {
        let limit = Limit(
            name: name, scope: scope.hasPrefix("user:") ? "user:*" : scope, period: period, zone: zone,
            amount: amount.flatMap { Nanodollars(dollars: $0) }, requests: requests, action: action, warnings: warn,
            effectiveFrom: 0, reason: "test")
        return LimitState(
            limit: limit, scope: scope, window: LimitWindow(startsAt: 20_779 * day, endsAt: 20_780 * day),
            spent: Nanodollars(dollars: spent) ?? .zero, held: Nanodollars(dollars: held) ?? .zero, requests: asked,
            isReached: isReached)
    }

    private func facts(_ state: LimitState) -> AlertFacts.Budget { AlertFacts.Budget(state) }

    private func summaries(_ spending: AlertFacts.Spending) -> [String] {
        firingAlerts(AlertFacts(environment: "dev", spending: spending), at: alertStart).map(\.summary)
    }

    @Test func `a limit of requests has a share, and is told in requests`() {
        let budget = facts(
            state("openai", of: "openai-requests", per: .hour, requests: 1000, asked: 800, action: .stop))
        #expect(budget.used == "800 of 1000 requests" && budget.share == 0.8 && budget.period == "hour")
        #expect(budget.levels == [.init(percent: 80, isPassed: true)] && !budget.isReached)
        #expect(budget.consequence == "Jobs wait until somebody sets it anew.")
    }

    @Test func `each level of a budget is told by itself, in the words of its period and zone`() {
        let budget = facts(
            state(
                of: "month", per: .month, zone: "Europe/Berlin", amount: "400", spent: "250.5", held: "200",
                warn: [80, 50], action: .alert))
        #expect(budget.period == "month (Europe/Berlin)" && budget.used == "250.5 of 400 USD")
        #expect(budget.levels == [.init(percent: 50, isPassed: true), .init(percent: 80, isPassed: false)])
        #expect(
            summaries(.init(budgets: [budget])) == [
                "62.63 % of the month budget of the month (Europe/Berlin) is used, more than 50 %: 250.5 of 400 USD."
            ])
    }

    @Test func `a ledger that cannot be read is a failure of what looks at it, and no ledger is none`() {
        var facts = AlertFacts(environment: "dev")
        let budgets = [AlertSeries.budgetReached, .budgetUsed, .budgetWarning, .budgetFrozen].map(\.rawValue)
        let none = facts.snapshot(now: alertStart)
        #expect(budgets.allSatisfy { none.series[$0] ?? .notApplicable == .notApplicable })
        facts.spendingFailure = "the disk is gone"
        let failed = facts.snapshot(now: alertStart)
        #expect(budgets.allSatisfy { failed.series[$0] == .failed("the disk is gone") })
    }

    @Test func `what is known stays so while the next look is under way, for half a minute`() {
        let spending = SpendingLook.known(.init())
        var looks = SpendingLooks()
        #expect(looks.known(alertStart) == nil)
        let (first, second) = (looks.begin(alertStart), looks.begin(alertStart + .seconds(1)))
        #expect(first && !second)
        looks.end(spending)
        #expect(looks.known(alertStart) == spending)
        _ = looks.begin(alertStart)
        #expect(looks.known(alertStart + .seconds(30)) == spending)
        let silent = looks.known(alertStart + .seconds(31))
        #expect(silent == .failed("the ledger has not answered for 30 seconds"))
        looks.end(.failed("it is gone"))
        #expect(looks.known(alertStart + .seconds(32)) == .failed("it is gone"))
        _ = looks.begin(alertStart)
        looks.end(nil)
        #expect(looks.known(alertStart) == nil)
    }

    @Test func `what is only held passes no level`() {
        #expect(summaries(.init(budgets: [facts(state(amount: "10", spent: "7.9", held: "2"))])).isEmpty)
    }

    @Test func `a level is exact to the last billionth`() {
        #expect(facts(state(amount: "10", spent: "8")).levels.map(\.isPassed) == [true])
        #expect(facts(state(amount: "10", spent: "7.999999999")).levels.map(\.isPassed) == [false])
    }

    @Test func `a limit of each user names the user`() {
        #expect(facts(state("user:ada", of: "users", amount: "2")).scope == "users/user:ada")
    }

    @Test func `a budget that refused is reached, though less was spent`() {
        #expect(facts(state(amount: "10", spent: "9", isReached: true)).isReached)
        #expect(facts(state(amount: "0")).isReached, "nothing may be spent")
    }

    @Test func `a frozen provider is an alert of its own, with or without a budget`() {
        let frozen = ScopeSpend(
            scope: "openai", day: 20_779, spent: Nanodollars(60_000_000), overage: Nanodollars(36_000_000),
            held: .zero, unknown: .zero, budget: nil,
            frozen: ScopeFreeze(overage: Nanodollars(36_000_000), endsAt: 1_790_000_000_000_000), isReached: false)
        #expect(
            summaries(AlertFacts.Spending(scopes: [frozen], limits: [])) == [
                "openai is frozen: its calls did cost 0.036 USD more than was held for them. Jobs wait until that is "
                    + "lifted, or until 2026-09-21T14:13:20.000Z."
            ])
    }
}
