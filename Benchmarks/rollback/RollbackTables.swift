/// The figures as the tables of README.md.
struct RollbackTables {
    let figures: RollbackFigures
    private let policies = PolicyName.allCases.filter { $0 != .circuitBreaker }

    var markdown: String {
        [
            table("errors", "Canary's errors") { Self.harmed($0) },
            table("errors", "Canary's errors") { Self.time($0) },
            table("slow", "Canary is slower by") { Self.harmed($0) },
            table("slow", "Canary is slower by") { Self.time($0) },
            falseRollbacks,
        ].joined(separator: "\n\n")
    }

    private func table(
        _ stream: String, _ head: String, _ text: (RollbackFigures.Policy) -> String
    ) -> String {
        let rows = figures.cells(stream).map { cell in
            let size = stream == "errors" ? "\((cell.size * 100).shortest) %" : "× \(cell.size.shortest)"
            return [size, "\(Int(cell.rate))"] + policies.map { text(cell.figures($0)) } + [cell.harmedByTick.shortest]
        }
        return Self.table([head, "Requests/s"] + policies.map(\.title) + ["One tick"], rows)
    }

    private var falseRollbacks: String {
        let rows = ["healthy", "shared incident", "daily load", "clusters"].flatMap { figures.cells($0) }.map { cell in
            [cell.stream, "\(Int(cell.rate))"]
                + policies.map { "\(cell.figures($0).rolledBack) of \(cell.runs)" }
        }
        return Self.table(["Healthy rollouts", "Requests/s"] + policies.map(\.title), rows)
    }

    private static func harmed(_ policy: RollbackFigures.Policy) -> String {
        guard let median = policy.harmedMedian else { return undecided(policy) }
        return "\(median) / \(policy.harmedP95.map { "\($0)" } ?? "–")"
    }

    private static func time(_ policy: RollbackFigures.Policy) -> String {
        guard let median = policy.secondsMedian else { return undecided(policy) }
        return "\(duration(median)) / \(policy.secondsP95.map { duration($0) } ?? "–")"
    }

    /// Fewer than half of the runs were decided.
    private static func undecided(_ policy: RollbackFigures.Policy) -> String {
        policy.rolledBack == 0 ? "never" : "–"
    }

    static func duration(_ seconds: Int) -> String {
        if seconds < 120 { return "\(seconds) s" }
        let minutes = Double(seconds) / 60
        return minutes < 120 ? "\(minutes.rounded(minutes < 10 ? 1 : 0)) min" : "\((minutes / 60).rounded(1)) h"
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        ([head, head.map { _ in "---" }] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
    }
}

extension Double {
    /// Without digits that say nothing.
    var shortest: String { Int(exactly: self).map { "\($0)" } ?? "\((self * 1e6).rounded() / 1e6)" }
}
