import Definitions
import Rollouts

/// What one gate says, in a plan and in a rollout.
package struct GateDocument: Codable, Sendable, Equatable {
    /// Such as `freeze`: the word that `--override` takes.
    package var gate: String
    /// `passed`, `waiting`, `refused` or `overridden`.
    package var state: String
    package var why: String
    @Null package var action: String?
    /// From when on it would pass by itself, if that is known.
    @Null package var possibleAt: String?

    package init(gate: String, state: String, why: String, action: String? = nil, possibleAt: String? = nil) {
        self.gate = gate
        self.state = state
        self.why = why
        _action = Null(wrappedValue: action)
        _possibleAt = Null(wrappedValue: possibleAt)
    }

    package init(_ result: GateResult) {
        self.init(
            gate: result.gate.rawValue, state: result.state.rawValue, why: result.why, action: result.action,
            possibleAt: result.possibleAt?.rfc3339)
    }
}

package struct ApprovalDocument: Codable, Sendable, Equatable {
    package var by: String
    package var at: String
    /// The stage that waited for it.
    package var stage: String
    @Null package var reason: String?

    package init(_ approval: Rollout.Approval) {
        by = approval.by
        at = approval.at.rfc3339
        stage = approval.stage.name
        _reason = Null(wrappedValue: approval.reason)
    }
}

package struct FreezeBody: Codable, Sendable {
    /// RFC 3339; nil begins now.
    package var from: String?
    package var until: String
    package var reason: String

    package init(from: String? = nil, until: String, reason: String) {
        self.from = from
        self.until = until
        self.reason = reason
    }
}

/// A freeze that a person set, or a window of the environment's file.
package struct FreezeDocument: Codable, Sendable, Equatable {
    /// Null for windows of the file.
    @Null package var id: String?
    package var environment: String
    /// `in_force`, `to_come`, `over` or `lifted`.
    package var state: String
    /// Of a window of the file: null, unless it is in force.
    @Null package var from: String?
    @Null package var until: String?
    /// Such as `fri 16:00 to mon 08:00 Europe/Berlin`, for windows of the file.
    @Null package var window: String?
    package var reason: String
    @Null package var by: String?
    @Null package var liftedAt: String?
    @Null package var liftedBy: String?
    @Null package var liftReason: String?

    init(environment: String, state: String, reason: String) {
        self.environment = environment
        self.state = state
        self.reason = reason
    }

    package init(_ freeze: Freeze, now: Timestamp) {
        let isOver = freeze.until <= now
        self.init(
            environment: freeze.environment,
            state: freeze.liftedAt != nil ? "lifted" : isOver ? "over" : freeze.from > now ? "to_come" : "in_force",
            reason: freeze.reason)
        id = freeze.id
        from = freeze.from.rfc3339
        until = freeze.until.rfc3339
        by = freeze.by
        liftedAt = freeze.liftedAt?.rfc3339
        liftedBy = freeze.liftedBy
        liftReason = freeze.liftReason
    }
}

package struct EvidenceBody: Codable, Sendable {
    package var kind: String
    package var passed: Bool
    package var environment: String?
    package var note: String?
    /// The name of the file that shows it, and its digest; the file itself stays where it is.
    package var file: String?
    package var fileDigest: String?

    package init(
        kind: String, passed: Bool, environment: String? = nil, note: String? = nil, file: String? = nil,
        fileDigest: String? = nil
    ) {
        self.kind = kind
        self.passed = passed
        self.environment = environment
        self.note = note
        self.file = file
        self.fileDigest = fileDigest
    }
}

package struct EvidenceDocument: Codable, Sendable, Equatable {
    package var release: String
    package var kind: String
    package var passed: Bool
    package var at: String
    package var by: String
    @Null package var environment: String?
    @Null package var note: String?
    @Null package var file: String?
    @Null package var fileDigest: String?

    package init(_ evidence: GateFacts.Evidence, release: String) {
        self.release = release
        kind = evidence.kind.rawValue
        passed = evidence.passed
        at = evidence.at.rfc3339
        by = evidence.by
        _environment = Null(wrappedValue: evidence.environment)
        _note = Null(wrappedValue: evidence.note)
        _file = Null(wrappedValue: evidence.file)
        _fileDigest = Null(wrappedValue: evidence.fileDigest?.text)
    }
}

/// Why a release may not go out, or might not for a while.
package struct BlockDocument: Codable, Sendable, Equatable {
    package var why: String
    @Null package var at: String?
    @Null package var by: String?
    @Null package var environment: String?
    @Null package var rollout: String?
    @Null package var liftedAt: String?
    @Null package var liftedBy: String?
    @Null package var liftReason: String?

    package init(_ block: ReleaseBlock) {
        why = block.why
        _at = Null(wrappedValue: block.at?.rfc3339)
        _by = Null(wrappedValue: block.by)
        _environment = Null(wrappedValue: block.environment)
        _rollout = Null(wrappedValue: block.rollout)
        _liftedAt = Null(wrappedValue: block.liftedAt?.rfc3339)
        _liftedBy = Null(wrappedValue: block.liftedBy)
        _liftReason = Null(wrappedValue: block.liftReason)
    }
}

/// A release was taken back by itself: what it cost.
package struct IncidentDocument: Codable, Sendable, Equatable {
    package struct Weight: Codable, Sendable, Equatable {
        package var at: String
        package var service: String
        package var percent: Int
    }

    package struct Cost: Codable, Sendable, Equatable {
        package var service: String
        package var requests: Int64
        package var failed: Int64
        /// How many clients met a failure at most; null where they were not told apart.
        @Null package var clients: Int64?

        init(_ cost: Incident.Cost) {
            service = cost.service
            requests = cost.requests
            failed = cost.failed
            _clients = Null(wrappedValue: cost.clients)
        }
    }

    package var id: String
    package var environment: String
    /// `open` or `closed`.
    package var state: String
    package var rollout: String
    package var release: String
    @Null package var restored: String?
    package var outcome: String
    package var openedAt: String
    /// When the release first had work, and when it was all taken from it again.
    @Null package var servedSince: String?
    @Null package var servedUntil: String?
    package var verdicts: [String]
    /// What the new bundle answered, as far as it was watched.
    package var costs: [Cost]
    package var weights: [Weight]
    /// What the environment spent in that time, in USD, where it keeps a ledger; in the answer about a single incident.
    package var spent: String?
    /// Why that is unknown, where it is.
    package var spentUnknown: String?
    @Null package var closedAt: String?
    @Null package var closedBy: String?
    @Null package var note: String?

    package init(_ incident: Incident) {
        id = incident.id
        environment = incident.environment
        state = incident.closedAt == nil ? "open" : "closed"
        rollout = incident.rollout
        release = incident.release
        outcome = incident.outcome.rawValue
        openedAt = incident.openedAt.rfc3339
        verdicts = incident.verdicts
        costs = incident.costs.map(Cost.init)
        weights = incident.weights.map { Weight(at: $0.at.rfc3339, service: $0.service, percent: $0.percent) }
        _restored = Null(wrappedValue: incident.restored)
        _servedSince = Null(wrappedValue: incident.servedSince?.rfc3339)
        _servedUntil = Null(wrappedValue: incident.servedUntil?.rfc3339)
        _closedAt = Null(wrappedValue: incident.closedAt?.rfc3339)
        _closedBy = Null(wrappedValue: incident.closedBy)
        _note = Null(wrappedValue: incident.note)
    }
}
