import Storage

/// Where folding may begin: a long bake has thousands of looks, and an engine that starts again should not take seconds to read
/// them. The journal is what counts; a snapshot may be deleted at any time.
extension Journal {
    /// Records between two snapshots of a rollout.
    package static let snapshotSpan = 256

    /// Keeps the rollout where it is about to be folded from: now and then, and where it ends.
    static func keepSnapshot(_ rollout: Rollout, ends: Bool, _ connection: any Connection) throws {
        guard ends || rollout.seq.isMultiple(of: snapshotSpan) else { return }
        try connection.execute(
            """
            INSERT INTO snapshots (rollout, seq, machine, document) VALUES (?, ?, ?, ?)
            ON CONFLICT (rollout) DO UPDATE SET seq = excluded.seq, machine = excluded.machine,
                document = excluded.document
            """,
            [
                rollout.id, rollout.seq, Rollout.machineVersion,
                try CanonicalJSON.encode(RolloutSnapshot(rollout)),
            ])
    }

    /// The newest snapshot, if this version of the machine wrote it and can read it.
    static func snapshot(_ id: String, _ connection: any Connection) throws -> Rollout? {
        let row = try connection.first(
            "SELECT document FROM snapshots WHERE rollout = ? AND machine = ?", [id, Rollout.machineVersion])
        guard let row else { return nil }
        do {
            return try CanonicalJSON.decode(RolloutSnapshot.self, try row.get("document")).whole
        } catch is DecodingError {
            // Written before a field was added: everything in it can be folded again.
            return nil
        }
    }
}
