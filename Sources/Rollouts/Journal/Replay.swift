import Analysis
import Storage

/// What the recorded looks come to when they are judged again.
package struct Replay: Sendable, Equatable {
    /// A verdict that decided something.
    package struct Item: Sendable, Equatable {
        /// The record that has it.
        package var seq: Int
        package var at: Timestamp
        package var recorded: Verdict
        /// Nil when there is none any more.
        package var recomputed: Verdict?
        /// Each field that is not the same to the bit.
        package var differences: [String]

        init(seq: Int, at: Timestamp, recorded: Verdict, recomputed: Verdict?) {
            self.seq = seq
            self.at = at
            self.recorded = recorded
            self.recomputed = recomputed
            differences = recomputed?.differences(from: recorded) ?? ["there is no such verdict now"]
        }
    }

    package var items: [Item] = []
    /// How many looks were judged again.
    package var looks = 0
    /// Where the journal leads elsewhere now; nothing after it was judged again.
    package var departure: String?

    package var isSame: Bool { departure == nil && items.allSatisfy { $0.differences.isEmpty } }
}

extension Journal {
    /// Folds the journal once more, and compares each verdict that decided something with the recorded one.
    /// - Throws: `RolloutError.unknownRollout`, `.corrupt` when a record cannot be read.
    package static func replay(_ id: String, _ connection: any Connection) throws -> Replay {
        let records = try entries(id, after: 0, connection)
        guard !records.isEmpty else { throw RolloutError.unknownRollout(id) }
        var (rollout, replay) = (Rollout(id: id), Replay())
        for entry in records {
            if case .requested(let request) = entry.event, let evidence = request.evidence {
                replay.looks += evidence.looks.count
                replay.items.append(
                    .init(
                        seq: entry.seq, at: entry.at, recorded: evidence.verdict, recomputed: evidence.recomputed()))
            }
            guard entry.seq == rollout.seq + 1 else {
                replay.departure = "record \(rollout.seq + 1) is gone: looks are kept for as long as `retention` says"
                return replay
            }
            if case .sampled = entry.event { replay.looks += 1 }
            let before = rollout.verdicts.count
            do { _ = try rollout.handle(entry.event, at: entry.at) } catch {
                replay.departure = "record \(entry.seq): \(error)"
                return replay
            }
            let now = Array(rollout.verdicts.dropFirst(before))
            for (index, verdict) in entry.verdicts.enumerated() {
                let again = now.indices.contains(index) ? now[index] : nil
                replay.items.append(.init(seq: entry.seq, at: entry.at, recorded: verdict, recomputed: again))
            }
            if let extra = now.dropFirst(entry.verdicts.count).first {
                replay.departure = "record \(entry.seq) has a verdict now that it had not: \(extra.why)"
                return replay
            }
            guard rollout.stage == entry.stage else {
                replay.departure =
                    "record \(entry.seq) led to \(entry.stage.name), and leads to \(rollout.stage.name) now"
                return replay
            }
        }
        return replay
    }
}
