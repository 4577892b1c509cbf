import Foundation

/// What `benchmarks rollback` measures, as it is kept in rollback.json.
struct RollbackFigures: Codable {
    struct Policy: Codable {
        /// Runs in which it rolled back within the horizon.
        var rolledBack: Int
        /// Of all runs, in requests of the canary and in seconds; missing where that share of the runs was never decided.
        var harmedMedian: Int?
        var harmedP95: Int?
        var secondsMedian: Int?
        var secondsP95: Int?

        enum CodingKeys: String, CodingKey {
            case rolledBack = "rolled_back"
            case harmedMedian = "harmed_median"
            case harmedP95 = "harmed_p95"
            case secondsMedian = "seconds_median"
            case secondsP95 = "seconds_p95"
        }

        init(_ outcomes: [RollbackCell.Outcome]) {
            let decided = outcomes.filter { $0.decided != nil }
            rolledBack = decided.count
            func quantile(_ q: Double, _ values: [Int]) -> Int? {
                let index = Int((q * Double(outcomes.count)).rounded(.up)) - 1
                return values.indices.contains(index) ? values.sorted()[index] : nil
            }
            let (harmed, seconds) = (decided.map(\.harmed), decided.compactMap(\.decided))
            (harmedMedian, harmedP95) = (quantile(0.5, harmed), quantile(0.95, harmed))
            (secondsMedian, secondsP95) = (quantile(0.5, seconds), quantile(0.95, seconds))
        }
    }

    struct Cell: Codable {
        /// `errors`, `slow`, `healthy`, `shared incident`, `daily load`, `clusters`.
        var stream: String
        /// The canary's error rate, or by how much it is slower; 0 where nothing is wrong.
        var size: Double
        /// Requests a second.
        var rate: Double
        var runs: Int
        /// After how long a run without a decision is counted as that; Kayenta has 3,000 s where others have less.
        var horizonSeconds: Int
        /// The canary's requests that one tick harms on average.
        var harmedByTick: Double
        var policies: [PolicyName: Policy]

        enum CodingKeys: String, CodingKey {
            case stream, size, rate, runs, policies
            case horizonSeconds = "horizon_seconds"
            case harmedByTick = "harmed_by_tick"
        }

        init(_ cell: RollbackCell, _ outcomes: [[PolicyName: RollbackCell.Outcome]]) {
            (stream, size) = cell.kind.named
            (rate, runs, harmedByTick) = (cell.rate, cell.runs, cell.harmedByTick)
            horizonSeconds = cell.horizon(.tidegate)
            policies = [:]
            for name in PolicyName.allCases { policies[name] = Policy(outcomes.compactMap { $0[name] }) }
        }

        func figures(_ policy: PolicyName) -> Policy { policies[policy] ?? Policy([]) }
    }

    var seed: UInt64
    var tickSeconds = Stream.tick
    var canaryShare = Stream.canaryShare
    var cells: [Cell]

    enum CodingKeys: String, CodingKey {
        case seed, cells
        case tickSeconds = "tick_seconds"
        case canaryShare = "canary_share"
    }

    func cells(_ stream: String) -> [Cell] { cells.filter { $0.stream == stream } }

    func write(to file: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try encoder.encode(self).write(to: URL(fileURLWithPath: file))
    }

    static func read(_ file: String) throws -> Self {
        try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    }
}

extension Stream.Kind {
    var named: (String, Double) {
        switch self {
        case .errors(let rate): ("errors", rate)
        case .slow(let factor): ("slow", factor)
        case .healthy: ("healthy", 0)
        case .sharedIncident: ("shared incident", 0)
        case .dailyLoad: ("daily load", 0)
        case .clusters: ("clusters", 0)
        }
    }
}
