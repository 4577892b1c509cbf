/// Where releases come from: an environment that exists, and in the end one that takes any release.
struct PromotionRules {
    let draft: EnvironmentDraft
    let collector: FindingCollector

    func check() {
        guard let source = draft.environment.promotesFrom else { return checkMissing() }
        let others = draft.environmentNames.filter { $0 != draft.name }
        guard others.contains(source) else { return reportUnknown(source, others) }
        checkCircle()
    }

    private var place: Place { draft.place("promotes-from") }

    private func reportUnknown(_ source: String, _ others: [String]) {
        collector.report(
            "promotes-from.unknown", at: place, name: source,
            source == draft.name
                ? "`\(source)` takes releases from itself."
                : "releases come from `\(source)`, which is no environment.",
            fix: Suggestion.nearest(to: source, among: others).map { "Write `\($0)`." }
                ?? (others.isEmpty
                    ? "Remove it." : "Known are \(others.map { "`\($0)`" }.joined(separator: ", "))."))
    }

    /// What reaches people has been somewhere before.
    private func checkMissing() {
        let kind = draft.environment.kind
        guard kind != .development, draft.root["promotes-from"] == nil else { return }
        let others = draft.environmentNames.filter { $0 != draft.name }
        let usual = kind == .production ? ["staging", "dev"] : ["dev"]
        let example = usual.first(where: others.contains) ?? others.first { $0 != "production" }
        collector.report(
            "promotes-from.missing", severity: kind == .production && example != nil ? .error : .warning,
            at: draft.root.place, name: draft.name,
            "`\(draft.name)` takes releases that have run nowhere before.",
            fix: example.map { "Write `promotes-from: \($0)`." }
                ?? "Define an environment that releases go through first, and write `promotes-from:` with its name.")
    }

    private func checkCircle() {
        var path = [draft.name]
        while let next = draft.promotions[path[path.count - 1]], !path.contains(next) { path.append(next) }
        guard draft.promotions[path[path.count - 1]] == draft.name else { return }
        collector.report(
            "promotes-from.cycle", at: place, name: draft.name,
            "releases would go in a circle: \((path + [draft.name]).map { "`\($0)`" }.joined(separator: " from ")).",
            fix: "Remove `promotes-from` where releases come in first.")
    }
}
