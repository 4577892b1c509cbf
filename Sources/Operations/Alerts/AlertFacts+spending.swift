import Ledger
import Rollouts

extension AlertFacts {
    /// What the environment's ledger says.
    package struct Spending: Sendable, Equatable {
        package var budgets: [Budget]
        package var frozen: [Frozen]

        package init(budgets: [Budget] = [], frozen: [Frozen] = []) {
            self.budgets = budgets
            self.frozen = frozen
        }

        /// - Parameter scopes: what was spent today, with its budgets.
        package init(scopes: [ScopeSpend], limits: [LimitState]) {
            budgets = (scopes.compactMap(LimitState.init) + limits).map(Budget.init)
            frozen = scopes.compactMap { scope in
                scope.frozen.map {
                    Frozen(
                        scope: scope.scope, overage: "\($0.overage.short) USD",
                        until: Timestamp(microseconds: $0.endsAt))
                }
            }
        }
    }

    /// How a budget, or a limit of requests, stands in its period.
    package struct Budget: Sendable, Equatable {
        package struct Level: Sendable, Equatable {
            package var percent: Int
            package var isPassed: Bool
        }

        /// Its name; for a limit of each of something, with the one that it counts: `users/user:ada`.
        package var scope: String
        /// `hour`, `day` or `month`, with its time zone if that is not UTC.
        package var period: String
        /// With the unit: `21.5 of 25 USD`, `800 of 1000 requests`.
        package var used: String
        /// 1 for all of it.
        package var share: Double
        package var levels: [Level]
        /// A sentence: what happens at the limit.
        package var consequence: String
        package var isReached: Bool
        /// Whether anything but one user's calls waits at the limit.
        package var holdsBack: Bool

        package init(_ state: LimitState) {
            let limit = state.limit
            scope = limit.scope == state.scope ? limit.name : "\(limit.name)/\(state.scope)"
            period = limit.zone == "UTC" ? limit.period.rawValue : "\(limit.period.rawValue) (\(limit.zone))"
            (used, share) = (state.used, state.share)
            levels = state.levels.map { Level(percent: $0, isPassed: state.hasPassed($0)) }
            isReached = state.isReached || state.hasPassed(100)
            holdsBack = limit.action != .alert && !state.scope.hasPrefix("user:")
            consequence =
                switch limit.action {
                case .defer: "Jobs wait until \(Timestamp(microseconds: state.window.endsAt).minute)."
                case .stop: "Jobs wait until somebody sets it anew."
                case .alert: "Nothing waits."
                }
        }
    }

    /// A scope of which a call did cost more than was held for it.
    package struct Frozen: Sendable, Equatable {
        package var scope: String
        /// What no hold covered, with its unit.
        package var overage: String
        /// When it ends by itself.
        package var until: Timestamp
    }

    func addSpending(to snapshot: inout SeriesSnapshot) {
        guard let spending else {
            guard let why = spendingFailure else { return }
            for series in [AlertSeries.budgetReached, .budgetUsed, .budgetWarning, .budgetFrozen] {
                snapshot[series] = .failed(why)
            }
            return
        }
        func sample(_ budget: Budget, _ value: Double, level: Int? = nil) -> AlertSample {
            AlertSample(
                value, labels: ["scope": budget.scope].merging(level.map { ["level": "\($0) %"] } ?? [:]) { $1 },
                notes: ["used": budget.used, "period": budget.period, "consequence": budget.consequence])
        }
        snapshot[.budgetReached] = .known(spending.budgets.map { sample($0, $0.isReached ? 1 : 0) })
        snapshot[.budgetUsed] = .known(spending.budgets.map { sample($0, $0.share) })
        snapshot[.budgetWarning] = .known(
            spending.budgets.flatMap { budget in
                budget.levels.map { sample(budget, $0.isPassed ? budget.share : 0, level: $0.percent) }
            })
        snapshot[.budgetFrozen] = .known(
            spending.frozen.map {
                AlertSample(
                    1, labels: ["scope": $0.scope], notes: ["overage": $0.overage, "until": $0.until.rfc3339])
            })
    }
}
