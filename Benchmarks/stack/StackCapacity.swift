import Foundation
import TestSupport

/// How many requests a second the whole stack bears on this machine, a rollout and a rollback among them.
struct StackCapacity {
    struct Step {
        var rate: Int
        var load: StackLoad.Report
        var cores: [(kind: String, cores: Double)]
        /// Whether the rollout and the rollback ended as they should.
        var went: Bool
    }

    static func measure(programs: String, rates: [Int], _ tell: (Step) -> Void) async throws {
        for rate in rates {
            var step: Step?
            try await Stack.with(programs: programs, prepare: { try $0.prepareForRounds() }) { stack in
                try await stack.record("v1", set: [])
                try await stack.run(["rollout", "dev", "--release", "v1", "--yes", "--json"])
                try await stack.record("v2", set: ["UPLOAD_PIPELINE_DRILL_ERROR_AFTER=2"])
                let load = try await StackLoad.begin(stack, rate: rate)
                let processor = ProcessorWatch(folders: [stack.project])
                let watching = Task { await processor.run() }
                let forward = try await stack.tidegate("rollout", "dev", "--release", "v2", "--yes", "--json")
                let back = try await stack.tidegate("rollback", "dev", "--reason", "measurement")
                watching.cancel()
                let cores = processor.cores()
                step = Step(
                    rate: rate, load: try await load.end(), cores: cores, went: forward.exit == 0 && back.exit == 0)
            }
            guard let step else { throw NoFigures() }
            tell(step)
        }
    }
}
