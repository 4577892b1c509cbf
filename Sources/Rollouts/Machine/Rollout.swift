import Analysis
import Definitions

/// Taking an environment from one bundle to the next: a durable state machine, and the record of how it went.
///
/// Pure: no I/O and no clock. Its state is the fold of its journal; `handle` is the only way to change it.
package struct Rollout: Codable, Sendable {
    /// Written with every rollout; a rollout of another version is quarantined instead of guessed at.
    package static let machineVersion = 2

    package enum Kind: String, Codable, Sendable { case rollout, rollback }

    /// One stay in a stage.
    package struct StageRecord: Codable, Sendable, Equatable {
        package var stage: Stage
        package var enteredAt: Timestamp
        package var leftAt: Timestamp?
    }

    package struct Deadline: Codable, Sendable, Equatable {
        package var id: String
        package var at: Timestamp
        /// What happens then, in words.
        package var outcome: String
        /// How long the stage takes at least, where that is known.
        package var least: Duration?
    }

    package struct Pause: Codable, Sendable, Equatable {
        package var by: String
        package var reason: String?
        package var since: Timestamp
    }

    package struct Turn: Codable, Sendable, Equatable {
        package var cause: RollbackCause
        package var why: String
        package var by: String?
        package var at: Timestamp
    }

    package let id: String
    package internal(set) var environment = ""
    package internal(set) var kind = Kind.rollout
    /// The release rolled out; of a rollback, the one restored.
    package internal(set) var release = ""
    package internal(set) var actor = ""
    package internal(set) var reason: String?
    /// The list of steps asked for, instead of the services' own.
    package internal(set) var strategy: String?
    package internal(set) var machine = Rollout.machineVersion
    /// Of a rollback: the bundle asked for.
    package internal(set) var target: Digest?
    /// The rollout that this one does once more.
    package internal(set) var retries: String?
    package internal(set) var course: Course?
    package internal(set) var plan: Plan?

    package internal(set) var stage = Stage.preflight
    package internal(set) var history: [StageRecord] = []
    /// What is to be brought about and has no outcome yet, oldest first.
    package internal(set) var pending: [Action] = []
    package internal(set) var deadline: Deadline?
    package internal(set) var paused: Pause?
    /// Why and since when it is going back, once it is.
    package internal(set) var turn: Turn?
    /// Percentage of the bundle rolled out, by service, as last put in force.
    package internal(set) var weights: [String: Int] = [:]
    /// Services whose new instances may exist.
    package internal(set) var started: [String] = []
    /// Services whose split may have been changed.
    package internal(set) var touched: [String] = []
    /// Services whose new instances were ready and proved.
    package internal(set) var ready: [String] = []
    /// Services whose old bundle could not be restored.
    package internal(set) var unrestored: [String] = []

    /// Those that decided something, in order.
    package internal(set) var verdicts: [Verdict] = []
    /// The last ones by service, whatever they say.
    package internal(set) var latest: [String: [Verdict]] = [:]
    package internal(set) var findings: [Finding] = []
    /// Why it was refused, where something was in the way.
    package internal(set) var refusal: Event.PreflightRefused.Cause?
    /// What each gate said, when they were last asked.
    package internal(set) var gates: [GateResult]?
    package internal(set) var gatesAskedAt: Timestamp?
    /// The gates that whoever asked for it passes, for `reason`.
    package internal(set) var overrides: [Gate]?
    /// The environment in which the release has to have proved itself, where the file names none.
    package internal(set) var source: String?
    var approved: [Approval]?
    package var approvals: [Approval] { approved ?? [] }
    /// Things that went wrong without deciding anything.
    package internal(set) var notes: [String] = []
    package internal(set) var outcome: Outcome?
    /// One sentence on why it ended as it did.
    package internal(set) var why: String?
    package internal(set) var startedAt: Timestamp?
    package internal(set) var endedAt: Timestamp?
    /// Until when the previous bundle stays warm, and whether it is gone.
    package internal(set) var warmUntil: Timestamp?
    package internal(set) var previousRetired = false
    /// What latency was under the new bundle, by service; recorded as the next baselines on success.
    package internal(set) var measured: [String: LatencyBaseline] = [:]
    /// What the new bundle has answered, by service, and the shares that it had; of records of an older version, nil.
    var served: [String: Served]?
    var shares: [Incident.Weight]?
    /// How many events were folded.
    package internal(set) var seq = 0
    /// What the strategy's commands and the hooks did, in order.
    package internal(set) var commands: [CommandRecord]?
    /// Commands of the strategy that were begun, and not undone.
    var begun: [CommandDefinition] = []
    var hooking = Hooking()
    /// Services that went back since it turned.
    var restored: [String] = []
    /// True when a stage is done and the next one waits for the end of a pause.
    var waitsAtBoundary = false
    /// The time between two looks; longer gaps restart windows.
    var tick = Duration.seconds(2)
    var judges: [String: ServiceJudge] = [:]
    /// Services that were looked at, and trusted, since the stage began.
    var lookedAt: Set<String> = []
    /// Further series without a value of the new bundle at the last look, by service.
    var unseen: [String: [String]] = [:]

    package init(id: String) { self.id = id }

    package var fromBundle: Digest? { kind == .rollback ? course?.to : course?.from }
    package var toBundle: Digest? { kind == .rollback ? course?.from : course?.to }
    package var previousRelease: String? { kind == .rollback ? course?.toRelease : course?.fromRelease }
    package var isFinished: Bool { outcome != nil }
    /// From the request to the end.
    package var duration: Duration? {
        guard let startedAt, let endedAt else { return nil }
        return endedAt - startedAt
    }

    /// The record as it is stored and shown. Judges are not in it: they are rebuilt by folding the journal.
    enum CodingKeys: String, CodingKey {
        case id, environment, kind, release, actor, reason, strategy, machine, target, course, plan, stage, history,
            pending
        case deadline, paused, turn, weights, started, touched, ready, unrestored, verdicts, latest, findings, notes,
            refusal, retries, commands, gates, overrides, source, approved, served, shares
        case outcome, why, seq, measured
        case waitsAtBoundary = "waits"
        case gatesAskedAt = "gates_asked_at"
        case startedAt = "started_at"
        case endedAt = "ended_at"
        case warmUntil = "warm_until"
        case previousRetired = "previous_retired"
    }
}
