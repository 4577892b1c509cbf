import Analysis
import Definitions

/// A rollout whole, its judges among it: what folding its journal so far comes to, so that folding can begin here.
struct RolloutSnapshot: Codable {
    private var rollout: Rollout
    private var begun: [CommandDefinition]
    private var hooking: Hooking
    private var restored: [String]
    private var tick: Duration
    private var judges: [String: ServiceJudge]
    private var lookedAt: Set<String>
    /// Nil in snapshots of before there were further series.
    private var unseen: [String: [String]]?

    init(_ rollout: Rollout) {
        self.rollout = rollout
        begun = rollout.begun
        hooking = rollout.hooking
        restored = rollout.restored
        tick = rollout.tick
        judges = rollout.judges
        lookedAt = rollout.lookedAt
        unseen = rollout.unseen.isEmpty ? nil : rollout.unseen
    }

    /// The rollout with what its record, as it is stored and shown, leaves out.
    var whole: Rollout {
        var rollout = rollout
        rollout.begun = begun
        rollout.hooking = hooking
        rollout.restored = restored
        rollout.tick = tick
        rollout.judges = judges
        rollout.lookedAt = lookedAt
        rollout.unseen = unseen ?? [:]
        return rollout
    }
}
