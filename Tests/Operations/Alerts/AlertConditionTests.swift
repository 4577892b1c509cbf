import Ledger
import Rollouts
import Testing

@testable import Operations

private let start = alertStart

private func rolledBack() -> AlertFacts {
    AlertFacts(
        environment: "dev",
        lastRollout: .init(id: "r1", release: "v2", serving: "v1", outcome: .rolledBack, why: "error rate 21 %"))
}

/// A day's budget of 25 USD.
private func spending(_ dollars: String) -> AlertFacts.Spending {
    let budget = Limit(
        name: "total", scope: "total", period: .day, amount: Nanodollars(dollars: "25"), effectiveFrom: 0,
        reason: "test")
    let day: Int64 = 86_400_000_000
    return AlertFacts.Spending(
        scopes: [],
        limits: [
            LimitState(
                limit: budget, scope: "total", window: .init(startsAt: 20_779 * day, endsAt: 20_780 * day),
                spent: Nanodollars(dollars: dollars) ?? .zero, held: .zero, requests: 0, isReached: false)
        ])
}

@Suite(.timeLimit(.minutes(1))) struct `The built-in rules` {
    private func names(_ facts: AlertFacts) -> [String] {
        firingAlerts(facts, at: start).map { "\($0.name)/\($0.service ?? $0.labels["scope"] ?? "-")" }
    }

    private func service(ready: Int = 2, failures: Int = 0, breach: String? = nil) -> AlertFacts {
        AlertFacts(
            environment: "dev",
            services: [
                .init(
                    name: "worker", desired: 2, ready: ready, healthFailures: failures, allowedFailures: 3,
                    breach: breach)
            ])
    }

    @Test func `can be read, and each has a name of its own`() {
        #expect(AlertRules.builtIn.count >= 20)
        #expect(Set(AlertRules.builtIn.map(\.id)).count == AlertRules.builtIn.count)
    }

    @Test func `find a rollback, a failed one, a breach, a dead service and a reached budget`() {
        #expect(names(rolledBack()) == ["ReleaseRolledBack/-"])
        #expect(names(service(ready: 0)) == ["ServiceDown/worker"])
        #expect(names(service(failures: 4)) == ["ServiceDown/worker"])
        #expect(names(service(breach: "error rate 9 %")) == ["ThresholdBreached/worker"])
        #expect(
            names(AlertFacts(environment: "dev", spending: spending("25"))) == [
                "BudgetNearlyUsed/total", "BudgetReached/total",
            ])
    }

    @Test func `say what is the matter in whole sentences, with nothing left to fill in`() {
        var facts = service(ready: 0, breach: "worker: 20 of 229 requests failed")
        facts.lastRollout = rolledBack().lastRollout
        facts.spending = spending("25.5")
        facts.heartbeats = [
            .init(name: "backup", within: .seconds(60), last: start + .seconds(-3_720), hasReported: false)
        ]
        facts.context = ["release": "v1", "cost": "25.5 of 25 USD spent today"]
        let alerts = firingAlerts(facts, at: start)
        for alert in alerts {
            #expect(!alert.summary.contains("?") && !alert.summary.contains("${"), "\(alert.summary)")
            #expect(alert.annotations["release"] == "v1")
        }
        #expect(
            alerts.map(\.summary) == [
                "102 % of the total budget of the day is used, more than 80 %: 25.5 of 25 USD.",
                "The total budget of the day is reached: 25.5 of 25 USD. Jobs wait until 2026-11-23 00:00Z.",
                "backup has not reported for 1h 1m longer than it may; the last time was never.",
                "Release v2 was taken back: error rate 21 %; v1 serves.",
                "None of the 2 instances of worker is ready.", "worker: 20 of 229 requests failed",
            ])
    }

    @Test func `the third failure in a row does not fire where more than three do`() {
        #expect(names(service(ready: 1, failures: 3)).isEmpty)
    }

    @Test func `a breach is not over because nothing is judged or measured`() {
        var bench = AlertBench()
        _ = bench.step(service(breach: "too many errors"), at: start)
        var facts = service()
        facts.services?[0].isJudged = false
        _ = bench.step(facts, at: start + .seconds(2))
        let alert = bench.board.alerts.values.first { $0.name == "ThresholdBreached" }
        #expect(alert?.state == .firing)
        #expect(alert?.evidence == .noData(since: start + .seconds(2), why: "nobody judges worker now"))
        _ = bench.step(service(), at: start + .seconds(4))
        #expect(bench.board.alerts.values.first { $0.name == "ThresholdBreached" }?.state == .resolved)
    }

    @Test func `a rule that sees nothing for ten minutes says so, and what it had found goes on firing`() {
        var bench = AlertBench(rules: [simpleRule("Down")] + AlertRules.builtIn.filter { $0.name == "RuleWithoutData" })
        _ = bench.step(downs(["api": 1]), at: start)
        var now = start
        for _ in 0..<21 {
            now = now + .seconds(30)
            _ = bench.step(["service_down": .failed("connection refused")], at: now)
        }
        let firing = bench.board.alerts.values.filter(\.isFiring).sorted { $0.name < $1.name }
        #expect(firing.map(\.name) == ["Down", "RuleWithoutData"])
        #expect(
            firing.last?.summary
                == "The rule Down has had nothing to look at for 10m: asking failed: connection refused.")
    }
}
