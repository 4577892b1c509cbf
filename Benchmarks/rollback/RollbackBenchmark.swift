import Foundation

/// Every stream under every policy. Two machines come to the same figures: a run's seed is its cell's and its number.
struct RollbackBenchmark {
    /// Of each cell with a regression; a quarter at one request a second, where a run lasts hours, and a tenth where latencies are
    /// counted, which costs most.
    var runs = 1_000
    var healthyRuns = 10_000
    let seed: UInt64 = 1

    private static let rates: [Double] = [1, 10, 50, 500]
    private static let errorRates = [0.005, 0.01, 0.05, 0.2, 1]
    private static let factors = [1.25, 2]
    private static let healthyRate = 50.0
    /// How many runs one task does.
    private static let slice = 50

    private var cells: [RollbackCell] {
        let errors = Self.errorRates.flatMap { error in
            Self.rates.map { RollbackCell(kind: .errors(error), rate: $0, runs: $0 < 10 ? runs / 4 : runs) }
        }
        let slow = Self.factors.flatMap { factor in
            Self.rates.map { RollbackCell(kind: .slow(factor), rate: $0, runs: runs / 10, hasLatency: true) }
        }
        let healthy = [Stream.Kind.healthy, .sharedIncident, .dailyLoad, .clusters].map {
            RollbackCell(kind: $0, rate: Self.healthyRate, runs: healthyRuns)
        }
        return errors + slow + healthy
    }

    /// - Parameter log: is told of each cell when it is done.
    func measure(log: @Sendable (String) -> Void) async -> RollbackFigures {
        var done: [RollbackFigures.Cell] = []
        for (index, cell) in cells.enumerated() {
            let start = ContinuousClock.now
            let outcomes = await outcomes(cell, seed: seed &* 1_000 &+ UInt64(index))
            done.append(RollbackFigures.Cell(cell, outcomes))
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            log("\(cell.kind.named) at \(Int(cell.rate))/s, \(cell.runs) runs: \(seconds.rounded(1)) s")
        }
        return RollbackFigures(seed: seed, cells: done)
    }

    private func outcomes(_ cell: RollbackCell, seed: UInt64) async -> [[PolicyName: RollbackCell.Outcome]] {
        typealias Slice = (Int, [[PolicyName: RollbackCell.Outcome]])
        let starts = stride(from: 0, to: cell.runs, by: Self.slice)
        let slices = await withTaskGroup(of: Slice.self) { group in
            for start in starts {
                group.addTask {
                    (start, (start..<min(start + Self.slice, cell.runs)).map { cell.run($0, seed: seed) })
                }
            }
            return await group.reduce(into: [Slice]()) { $0.append($1) }
        }
        return slices.sorted { $0.0 < $1.0 }.flatMap { $0.1 }
    }
}
