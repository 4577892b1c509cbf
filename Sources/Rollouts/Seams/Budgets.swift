/// Where the limits of an environment's spending are in force.
package protocol Budgets: Sendable {
    /// Makes them those of the environment's file, before the rollout starts instances of the bundle: what has no limit in force spends
    /// freely. Done again, it changes nothing.
    /// - Throws: a sentence, when they cannot be set or the file cannot be read. Then nothing starts.
    func set(for bundle: Bundle, _ rollout: Rollout) async throws
}

/// An engine whose environments keep no ledger.
package struct NoBudgets: Budgets {
    package init() {}
    package func set(for bundle: Bundle, _ rollout: Rollout) async throws {}
}
