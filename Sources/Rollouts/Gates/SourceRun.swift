/// Something that changed which release an environment runs.
package struct SourceChange: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// A rollout succeeded.
        case arrived
        /// A rollback brought it back, from another release that was taken away for this reason.
        case returned(why: String)
    }

    package var at: Timestamp
    package var release: String
    /// Nil when the release is no longer on record.
    package var digest: Digest?
    package var kind: Kind

    package init(at: Timestamp, release: String, digest: Digest?, kind: Kind) {
        self.at = at
        self.release = release
        self.digest = digest
        self.kind = kind
    }
}

/// A stretch of time in which an environment ran one release.
package struct SourceRun: Sendable, Equatable {
    package enum End: Sendable, Equatable {
        case runsOn
        case replaced(by: String, at: Timestamp)
        case takenBack(why: String, at: Timestamp)
    }

    package var from: Timestamp
    package var end: End

    /// The runs of a release, oldest first. New configuration of the same release goes on with a run.
    /// - Parameter changes: oldest first.
    package static func all(of digest: Digest, in changes: [SourceChange]) -> [SourceRun] {
        var runs: [SourceRun] = []
        for change in changes {
            let isOpen = runs.last?.end == .runsOn
            if change.digest == digest {
                if !isOpen { runs.append(SourceRun(from: change.at, end: .runsOn)) }
            } else if isOpen {
                switch change.kind {
                case .arrived: runs[runs.count - 1].end = .replaced(by: change.release, at: change.at)
                case .returned(let why): runs[runs.count - 1].end = .takenBack(why: why, at: change.at)
                }
            }
        }
        return runs
    }

    /// From the last failing verdict on, or from the beginning, up to the end.
    package func healthy(_ breaches: [Timestamp], now: Timestamp) -> (from: Timestamp, lasted: Duration) {
        let until =
            switch end {
            case .runsOn: now
            case .replaced(_, let at), .takenBack(_, let at): at
            }
        let start = breaches.filter { $0 >= from && $0 <= until }.max() ?? from
        return (start, max(until - start, .zero))
    }
}
