/// One rollout: `GET /api/v1/rollouts/{id}`.
package struct RolloutDocument: Codable, Sendable, Equatable {
    package var id: String
    package var environment: String
    /// `rollout` or `rollback`.
    package var kind: String
    package var release: String
    @Null package var previous: String?
    package var bundle: String
    /// The machine's stage, such as `baking`.
    package var stage: String
    /// Null while it runs; then `succeeded`, `rolled_back`, `rollback_failed`, `aborted`, `refused` or `quarantined`.
    @Null package var outcome: String?
    package var startedBy: String
    @Null package var reason: String?
    package var startedAt: String
    @Null package var endedAt: String?
    package var seconds: Double
    /// What it waits for, in a sentence, and since when.
    @Null package var waitingFor: String?
    @Null package var waitingSince: String?
    /// Why it ended so, in a sentence.
    @Null package var why: String?
    package var steps: [StepDocument]
    package var verdicts: [VerdictDocument]
    /// What went wrong, or is worth knowing, without deciding anything.
    package var notes: [String]
    /// What each gate said when they were last asked.
    package var gates: [GateDocument]?
    /// The gates that whoever started it passed, for `reason`.
    package var overrides: [String]?
    package var approvals: [ApprovalDocument]?
    /// What it cost, when a verdict turned it back; in the answer about a single rollout.
    package var incident: IncidentDocument?
    /// How the release did afterwards, once its watch is over; in the answer about a single rollout.
    package var watch: WatchDocument?

    package init(
        id: String, environment: String, kind: String = "rollout", release: String, previous: String? = nil,
        bundle: String, stage: String,
        outcome: String? = nil, startedBy: String, reason: String? = nil, startedAt: String, endedAt: String? = nil,
        seconds: Double, waitingFor: String? = nil, waitingSince: String? = nil, steps: [StepDocument] = [],
        verdicts: [VerdictDocument] = [], notes: [String] = []
    ) {
        self.notes = notes
        self.id = id
        self.environment = environment
        self.kind = kind
        self.release = release
        self.bundle = bundle
        self.stage = stage
        self.startedBy = startedBy
        self.startedAt = startedAt
        self.seconds = seconds
        self.steps = steps
        self.verdicts = verdicts
        _previous = Null(wrappedValue: previous)
        _outcome = Null(wrappedValue: outcome)
        _reason = Null(wrappedValue: reason)
        _endedAt = Null(wrappedValue: endedAt)
        _waitingFor = Null(wrappedValue: waitingFor)
        _waitingSince = Null(wrappedValue: waitingSince)
    }
}

package struct StepDocument: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable { case pending, running, done, failed, skipped }

    package var name: String
    @Null package var service: String?
    package var state: State
    @Null package var detail: String?

    package init(name: String, service: String? = nil, state: State, detail: String? = nil) {
        self.name = name
        self.state = state
        _service = Null(wrappedValue: service)
        _detail = Null(wrappedValue: detail)
    }
}

/// One line of a rollout's stream: what happened, in fields of its own and in words.
package struct EventDocument: Sendable, Equatable, Codable {
    package var seq: Int64
    package var at: String
    package var rollout: String
    package var type: String
    /// One sentence for people.
    package var text: String
    /// What else this type carries.
    package var fields: [String: JSONValue]

    package init(
        seq: Int64, at: String, rollout: String, type: String, text: String, fields: [String: JSONValue] = [:]
    ) {
        self.seq = seq
        self.at = at
        self.rollout = rollout
        self.type = type
        self.text = text
        self.fields = fields
    }

    /// Whether a look decided with this event that the release is taken back.
    package var isTurn: Bool {
        guard type == "sampled", case .object(let stage)? = fields["now"] else { return false }
        return stage["name"] == .string("restoring")
    }

    package var value: JSONValue {
        var object = fields
        object["seq"] = .integer(seq)
        object["at"] = .string(at)
        object["rollout"] = .string(rollout)
        object["type"] = .string(type)
        object["text"] = .string(text)
        return .object(object)
    }

    package init(from decoder: any Decoder) throws {
        guard case .object(var object) = try JSONValue(from: decoder), let type = object["type"]?.string else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "An event without a type."))
        }
        self.init(
            seq: object["seq"]?.integer ?? 0, at: object["at"]?.string ?? "",
            rollout: object["rollout"]?.string ?? "", type: type, text: object["text"]?.string ?? type)
        for key in ["seq", "at", "rollout", "type", "text"] { object[key] = nil }
        fields = object
    }

    package func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
}

/// The last line of a rollout's stream.
package struct FinishedDocument: Codable, Sendable, Equatable {
    package var type = "finished"
    package var outcome: String
    package var rollout: String
    package var release: String
    @Null package var previous: String?
    package var seconds: Double
    package var verdicts: [VerdictDocument]
    /// Why it ended so, in a sentence.
    package var why: String
    /// What is wrong in the definitions, when it was refused for that.
    package var findings: [FindingDocument]?
    /// `invalid`, `unreachable` or `failed`: what was in the way, when it was refused for that.
    package var refusal: String?

    package init(
        outcome: String, rollout: String, release: String, previous: String?, seconds: Double,
        verdicts: [VerdictDocument], why: String
    ) {
        self.outcome = outcome
        self.rollout = rollout
        self.release = release
        self.seconds = seconds
        self.verdicts = verdicts
        self.why = why
        _previous = Null(wrappedValue: previous)
    }

    /// How a command that followed it ends.
    package var exit: ExitStatus {
        switch outcome {
        case "succeeded": .done
        case "rolled_back": .rolledBack
        case "rollback_failed", "quarantined": .rollbackFailed
        case "refused" where findings != nil || refusal == "invalid": .invalidDefinition
        case "refused" where refusal == "unreachable": .unreachable
        case "refused" where refusal == "failed": .checkFailed
        default: .refused
        }
    }
}

/// A line of a rollout's stream.
package enum RolloutLine: Sendable, Equatable {
    case event(EventDocument)
    case finished(FinishedDocument)

    package init(json: [UInt8]) throws {
        let event = try JSON.decode(EventDocument.self, from: json)
        self = event.type == "finished" ? .finished(try JSON.decode(FinishedDocument.self, from: json)) : .event(event)
    }

    package func json() throws -> [UInt8] {
        switch self {
        case .event(let event): try JSON.encode(event)
        case .finished(let finished): try JSON.encode(finished)
        }
    }
}
