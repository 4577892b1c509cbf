/// How much may be spent, or how often may be called, in a period.
package struct BudgetDefinition: Sendable, Equatable, Codable {
    package enum Period: String, Sendable, CaseIterable, Codable {
        case hour, day, month
    }

    package enum Action: String, Sendable, CaseIterable, Codable {
        case stop, `defer`, alert
    }

    /// What its scope may name, besides `total` and providers.
    package static let kinds = ["model", "service", "release", "user"]

    package var name: String
    /// `total`, a provider's name, or one of `kinds` with a name, or `*` for each: `user:*`.
    package var scope: String
    /// Nano-dollars, or requests.
    package var limit: Int64
    package var period: Period
    /// A name of the IANA time zone database.
    package var zone: String
    /// Percents of the limit.
    package var warnings: [Int]
    package var action: Action

    package init(
        name: String, scope: String? = nil, limit: Int64, period: Period = .day, zone: String = "UTC",
        warnings: [Int] = [], action: Action = .defer
    ) {
        (self.name, self.scope, self.limit) = (name, scope ?? name, limit)
        (self.period, self.zone, self.warnings, self.action) = (period, zone, warnings, action)
    }

    /// Whether it counts something that a call can be told by.
    package func counts(providers: Set<String>) -> Bool {
        let parts = scope.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return scope == "total" || providers.contains(scope) }
        return Self.kinds.contains(String(parts[0])) && !parts[1].isEmpty
    }
}
