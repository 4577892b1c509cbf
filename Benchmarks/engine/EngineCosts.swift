import Foundation

/// What so many rollouts cost that are judged at once, each looked at every two seconds.
struct EngineCosts {
    let rollouts: Int
    let seconds = 20
    /// Of the processor, a look.
    var perLook = 0.0
    /// Of one core.
    var load = 0.0
    /// Looks made, of those that were due.
    var made = 0
    var due = 0

    static func measure(rollouts: Int) async throws -> EngineCosts {
        var costs = EngineCosts(rollouts: rollouts)
        let stage = try await EngineStage()
        let width = String(rollouts).count
        for first in stride(from: 0, to: rollouts, by: 20) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in first..<min(first + 20, rollouts) {
                    let digits = String(number)
                    let name = "e" + String(repeating: "0", count: width - digits.count) + digits
                    group.addTask { _ = try await stage.canary(name) }
                }
                try await group.waitForAll()
            }
        }
        let (looks, processor, start) = (stage.world.looks, Self.processorSeconds, ContinuousClock.now)
        try await Task.sleep(for: .seconds(costs.seconds))
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        let used = Self.processorSeconds - processor
        costs.made = stage.world.looks - looks
        costs.due = Int(elapsed / 2) * rollouts
        costs.perLook = used / Double(max(1, costs.made))
        costs.load = used / elapsed
        await stage.close()
        return costs
    }

    /// Of this process, in itself and in the system on its behalf.
    static var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
