import Analysis

/// One event as it was recorded, with what it led to. Its JSON form is one flat object: the event's fields beside these.
package struct JournalEntry: Sendable, Equatable {
    package var seq: Int
    package var at: Timestamp
    package var rollout: String
    package var event: Event
    /// The stage that the rollout was in afterwards.
    package var stage: Stage
    /// Verdicts that this event led to and that decided something.
    package var verdicts: [Verdict]
    /// Set on the last event.
    package var outcome: Outcome?

    package init(
        seq: Int, at: Timestamp, rollout: String, event: Event, stage: Stage, verdicts: [Verdict] = [],
        outcome: Outcome? = nil
    ) {
        self.seq = seq
        self.at = at
        self.rollout = rollout
        self.event = event
        self.stage = stage
        self.verdicts = verdicts
        self.outcome = outcome
    }
}

extension JournalEntry: Codable {
    enum CodingKeys: String, CodingKey {
        case seq, at, rollout, outcome
        case stage = "now"
        case verdicts = "decided"
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(seq, forKey: .seq)
        try container.encode(at.rfc3339, forKey: .at)
        try container.encode(rollout, forKey: .rollout)
        try container.encode(stage, forKey: .stage)
        if !verdicts.isEmpty { try container.encode(verdicts, forKey: .verdicts) }
        try container.encodeIfPresent(outcome, forKey: .outcome)
        try event.encode(to: encoder)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        seq = try container.decode(Int.self, forKey: .seq)
        let text = try container.decode(String.self, forKey: .at)
        guard let at = Timestamp(rfc3339: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .at, in: container, debugDescription: "\(text) is not a time")
        }
        self.at = at
        rollout = try container.decode(String.self, forKey: .rollout)
        stage = try container.decode(Stage.self, forKey: .stage)
        verdicts = try container.decodeIfPresent([Verdict].self, forKey: .verdicts) ?? []
        outcome = try container.decodeIfPresent(Outcome.self, forKey: .outcome)
        event = try Event(from: decoder)
    }
}
