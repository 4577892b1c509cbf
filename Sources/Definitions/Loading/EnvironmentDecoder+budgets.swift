import FoundationEssentials

extension EnvironmentDecoder {
    /// - Parameters:
    ///   - period: when an entry names none.
    ///   - limit: reads an entry's limit.
    func budgets(
        _ reader: YAMLReader, period: BudgetDefinition.Period = .day, _ limit: (YAMLReader) -> Int64?
    ) -> [BudgetDefinition]? {
        reader.entries()?.compactMap { entry in
            entry.value.mapping { budget in
                let scope = budget.optional("scope") { $0.string() }
                let each = budget.optional("per") { $0.choice(BudgetDefinition.Period.self) }
                let zone = budget.optional("zone", zone)
                let warnings = budget.optional("warn") { $0.list { $0.percentage() } }
                let action = budget.optional("at-limit") { $0.choice(BudgetDefinition.Action.self) }
                guard let limit = budget.required("limit", limit) else { return nil }
                return BudgetDefinition(
                    name: entry.key, scope: scope, limit: limit, period: each ?? period, zone: zone ?? "UTC",
                    warnings: (warnings ?? []).map { Int(($0 * 100).rounded()) }, action: action ?? .defer)
            } ?? nil
        }
    }

    func zone(_ reader: YAMLReader) -> String? {
        guard let text = reader.node.scalar?.text, TimeZone(identifier: text) != nil else {
            return reader.wrong("a time zone", example: "Europe/Berlin")
        }
        return text
    }
}
