import Definitions

/// What gates are decided by: a moment's record of the project, gathered at once. Values only.
package struct GateFacts: Sendable {
    package var now: Timestamp
    package var environment: String
    package var release: String
    package var releaseDigest: Digest
    /// Why the rollout was asked for.
    package var reason: String?
    /// The release that the environment runs, if any.
    package var running: Digest?
    package var block: ReleaseBlock?
    /// The open incident of this environment, the newest.
    package var incident: Incident?
    /// Those set by command that are in force or to come.
    package var freezes: [Freeze] = []
    /// What became of releases in the environment that this one takes them from, oldest first.
    package var source: [SourceChange] = []
    /// When a verdict failed on the release while it ran there.
    package var breaches: [Timestamp] = []
    /// What is on record for the release, newest first.
    package var evidence: [Evidence] = []
    /// What each service did within its objective's window.
    package var traffic: [String: TrafficSum] = [:]
    package var spend = Spend.notAsked
    /// Who has approved that it begins.
    package var approvedBy: String?

    /// What the ledger says of the environment's limits.
    package enum Spend: Sendable, Equatable {
        case notAsked
        /// Nothing runs, so nothing is spent.
        case nothingRuns
        case unknown(reason: String)
        /// Each limit that is reached, such as `total: 25 of 25 USD`; empty when none is.
        case known(reached: [String])
    }

    package struct Evidence: Codable, Sendable, Equatable {
        package var kind: EvidenceKind
        package var passed: Bool
        package var at: Timestamp
        package var by: String
        /// Where it was seen; nil when nobody said.
        package var environment: String?
        package var note: String?
        /// The name of the file that shows it, and the file's digest.
        package var file: String?
        package var fileDigest: Digest?

        package init(
            kind: EvidenceKind, passed: Bool, at: Timestamp, by: String, environment: String? = nil,
            note: String? = nil, file: String? = nil, fileDigest: Digest? = nil
        ) {
            self.kind = kind
            self.passed = passed
            self.at = at
            self.by = by
            self.environment = environment
            self.note = note
            self.file = file
            self.fileDigest = fileDigest
        }
    }

    package init(
        now: Timestamp, environment: String, release: String, releaseDigest: Digest, reason: String? = nil,
        running: Digest? = nil
    ) {
        self.now = now
        self.environment = environment
        self.release = release
        self.releaseDigest = releaseDigest
        self.reason = reason
        self.running = running
    }
}

/// Why a release may not go out, since when and by whose doing.
package struct ReleaseBlock: Codable, Sendable, Equatable {
    package var release: String
    package var why: String
    /// Nil for blocks of a time when that was not recorded.
    package var at: Timestamp?
    /// Who, or `verdict`.
    package var by: String?
    package var environment: String?
    package var rollout: String?
    package var liftedAt: Timestamp?
    package var liftedBy: String?
    package var liftReason: String?

    package init(
        release: String, why: String, at: Timestamp? = nil, by: String? = nil, environment: String? = nil,
        rollout: String? = nil
    ) {
        self.release = release
        self.why = why
        self.at = at
        self.by = by
        self.environment = environment
        self.rollout = rollout
    }

    enum CodingKeys: String, CodingKey {
        case release, why, at, by, environment, rollout
        case liftedAt = "lifted_at"
        case liftedBy = "lifted_by"
        case liftReason = "lift_reason"
    }
}

/// Requests of a service over some time. For a service without traffic: jobs.
package struct TrafficSum: Codable, Sendable, Equatable {
    package var requests: Int64
    package var errors: Int64
    /// Those whose time was taken, and those of them that were slower than the objective allows.
    package var timed: Int64
    package var slow: Int64

    package init(requests: Int64 = 0, errors: Int64 = 0, timed: Int64 = 0, slow: Int64 = 0) {
        self.requests = requests
        self.errors = errors
        self.timed = timed
        self.slow = slow
    }

    package static func + (a: TrafficSum, b: TrafficSum) -> TrafficSum {
        TrafficSum(
            requests: a.requests + b.requests, errors: a.errors + b.errors, timed: a.timed + b.timed,
            slow: a.slow + b.slow)
    }
}
