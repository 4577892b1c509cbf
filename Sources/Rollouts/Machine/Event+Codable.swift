extension Event {
    /// The case's name in JSON.
    package var type: String {
        switch self {
        case .requested: "requested"
        case .preflightPassed: "preflight_passed"
        case .preflightRefused: "preflight_refused"
        case .gatesChecked: "gates_checked"
        case .migrated: "migrated"
        case .instancesReady: "instances_ready"
        case .instancesNotReady: "instances_not_ready"
        case .smokeFinished: "smoke_finished"
        case .weightsShifted: "weights_shifted"
        case .sampled: "sampled"
        case .commandEnded: "command_ended"
        case .instancesStopped: "instances_stopped"
        case .actionFailed: "action_failed"
        case .deadlineReached: "deadline_reached"
        case .paused: "paused"
        case .resumed: "resumed"
        case .approved: "approved"
        case .abortRequested: "abort_requested"
        case .rollbackRequested: "rollback_requested"
        case .windowEnded: "window_ended"
        }
    }

    private var payload: any Encodable {
        switch self {
        case .requested(let payload): payload
        case .preflightPassed(let payload): payload
        case .preflightRefused(let payload): payload
        case .gatesChecked(let payload): payload
        case .migrated(let payload): payload
        case .instancesReady(let payload): payload
        case .instancesNotReady(let payload): payload
        case .smokeFinished(let payload): payload
        case .weightsShifted(let payload): payload
        case .sampled(let payload): payload
        case .commandEnded(let payload): payload
        case .instancesStopped(let payload): payload
        case .actionFailed(let payload): payload
        case .deadlineReached(let payload): payload
        case .paused(let payload), .resumed(let payload), .approved(let payload), .abortRequested(let payload),
            .rollbackRequested(let payload):
            payload
        case .windowEnded(let payload): payload
        }
    }

    /// The action that this is the outcome of, if it is one.
    package var action: String? {
        switch self {
        case .preflightPassed(let event): event.action
        case .preflightRefused(let event): event.action
        case .gatesChecked(let event): event.action
        case .migrated(let event): event.action
        case .instancesReady(let event): event.action
        case .instancesNotReady(let event): event.action
        case .smokeFinished(let event): event.action
        case .weightsShifted(let event): event.action
        case .sampled(let event): event.action
        case .commandEnded(let event): event.action
        case .instancesStopped(let event): event.action
        case .actionFailed(let event): event.action
        case .requested, .deadlineReached, .paused, .resumed, .approved, .abortRequested, .rollbackRequested,
            .windowEnded:
            nil
        }
    }
}

extension Event: Codable {
    enum CodingKeys: String, CodingKey { case type }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(type, forKey: .type)
        try payload.encode(to: encoder)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let type = try container.decode(String.self, forKey: .type)
        switch type {
        case "requested": self = .requested(try .init(from: decoder))
        case "preflight_passed": self = .preflightPassed(try .init(from: decoder))
        case "preflight_refused": self = .preflightRefused(try .init(from: decoder))
        case "gates_checked": self = .gatesChecked(try .init(from: decoder))
        case "migrated": self = .migrated(try .init(from: decoder))
        case "instances_ready": self = .instancesReady(try .init(from: decoder))
        case "instances_not_ready": self = .instancesNotReady(try .init(from: decoder))
        case "smoke_finished": self = .smokeFinished(try .init(from: decoder))
        case "weights_shifted": self = .weightsShifted(try .init(from: decoder))
        case "command_ended": self = .commandEnded(try .init(from: decoder))
        case "sampled": self = .sampled(try .init(from: decoder))
        case "instances_stopped": self = .instancesStopped(try .init(from: decoder))
        case "action_failed": self = .actionFailed(try .init(from: decoder))
        case "deadline_reached": self = .deadlineReached(try .init(from: decoder))
        case "paused": self = .paused(try .init(from: decoder))
        case "resumed": self = .resumed(try .init(from: decoder))
        case "approved": self = .approved(try .init(from: decoder))
        case "abort_requested": self = .abortRequested(try .init(from: decoder))
        case "rollback_requested": self = .rollbackRequested(try .init(from: decoder))
        case "window_ended": self = .windowEnded(try .init(from: decoder))
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "\(type) is not an event of this version")
        }
    }
}
