/// What a rollback would do.
package struct WayBack: Sendable, Equatable {
    /// What serves; during a rollout, what is being rolled out.
    package var release: String
    /// What would serve instead.
    package var restored: String
    package var bundle: Digest
    /// The rollout under way that would turn back.
    package var turns: String?
    /// What whoever asks for it should know before.
    package var warnings: [String]

    /// - Parameter isMigrated: whether the migrations of `current` were applied, or may have been.
    package init(from current: Bundle, to target: Bundle, turns rollout: String? = nil, isMigrated: Bool = true) {
        release = current.release
        restored = target.release
        bundle = target.digest
        turns = rollout
        let migrations = isMigrated ? PlannedMigration.planned(from: target, to: current) : []
        warnings = [migrations.warning(back: target.release)].compactMap(\.self)
    }
}
