/// Where a rollout is. Forward: `preflight → locked → migrating`, then for each service in dependency order `starting →`
/// its steps (`smoking`, `scaling`, `shifting`, `analysing`, `running`, `approving`), then `finalSmoke → baking → retiring → ended`.
/// Backward, from anywhere after `locked`: `restoring → undoing → provingRestored → removing → ended`.
package enum Stage: Hashable, Sendable {
    /// Resolves everything, touches nothing. Exits: `locked`, or `ended` as refused.
    case preflight
    /// The bundle is fixed and the environment's lease is ours. Exits: `awaitingApproval`, `migrating`, `starting`, `restoring`.
    case locked
    /// A person has to let it begin. Exits: `migrating`, `starting`, `restoring`, or `ended` as refused.
    case awaitingApproval
    /// Exits: `starting`, `restoring`.
    case migrating
    /// The service's new instances start and prove their version. Exits: its first step, `restoring`.
    case starting(service: String)
    /// Smoke tests against the new instances. Exits: the next step, `restoring`.
    case smoking(service: String, step: Int)
    /// A weight is being put in force. Exits: the next step, `restoring`.
    case shifting(service: String, step: Int)
    /// Watched until there is a verdict. Exits: the next step, `restoring`.
    case analysing(service: String, step: Int)
    /// Instances of the new bundle are added, or of the old one taken away. Exits: the next step, `restoring`.
    case scaling(service: String, step: Int)
    /// A command of the strategy. Exits: the next step, `restoring`.
    case running(service: String, step: Int)
    /// Waits for a person. Exits: the next step, `restoring`.
    case approving(service: String, step: Int)
    /// Smoke tests through the router. Exits: `baking`, `restoring`.
    case finalSmoke
    /// A last look at all services together. Exits: `retiring`, `restoring`.
    case baking
    /// What is older than the previous bundle is stopped. Exits: `ended` as succeeded.
    case retiring
    /// The old bundle gets all weight again. Exits: `undoing`, `provingRestored`, `removing`, `ended` as rollback failed.
    case restoring
    /// What the strategy's commands did is undone. Exits: `provingRestored`, `removing`, `ended` as rollback failed.
    case undoing
    /// Smoke tests of the old bundle through the router. Exits: `removing`, `ended` as rollback failed.
    case provingRestored
    /// The new bundle's instances are stopped. Exits: `ended`.
    case removing
    /// Nothing more happens, but that the previous bundle is stopped when its window ends.
    case ended

    package var name: String {
        switch self {
        case .preflight: "preflight"
        case .locked: "locked"
        case .awaitingApproval: "awaiting_approval"
        case .migrating: "migrating"
        case .starting: "starting"
        case .smoking: "smoking"
        case .shifting: "shifting"
        case .analysing: "analysing"
        case .scaling: "scaling"
        case .running: "running"
        case .approving: "approving"
        case .finalSmoke: "final_smoke"
        case .baking: "baking"
        case .retiring: "retiring"
        case .restoring: "restoring"
        case .undoing: "undoing"
        case .provingRestored: "proving_restored"
        case .removing: "removing"
        case .ended: "ended"
        }
    }

    package var service: String? {
        switch self {
        case .starting(let service), .smoking(let service, _), .shifting(let service, _), .analysing(let service, _),
            .scaling(let service, _), .running(let service, _), .approving(let service, _):
            service
        default: nil
        }
    }

    /// The index in the service's steps.
    package var step: Int? {
        switch self {
        case .smoking(_, let step), .shifting(_, let step), .analysing(_, let step), .scaling(_, let step),
            .running(_, let step), .approving(_, let step):
            step
        default: nil
        }
    }

    /// True while the old bundle is being restored.
    package var isBackward: Bool {
        switch self {
        case .restoring, .undoing, .provingRestored, .removing: true
        default: false
        }
    }
}

extension Stage: Codable {
    enum CodingKeys: String, CodingKey { case name, service, step }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(service, forKey: .service)
        try container.encodeIfPresent(step, forKey: .step)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let name = try container.decode(String.self, forKey: .name)
        let plain: [Stage] = [
            .preflight, .locked, .awaitingApproval, .migrating, .finalSmoke, .baking, .retiring, .restoring, .undoing,
            .provingRestored, .removing, .ended,
        ]
        if let stage = plain.first(where: { $0.name == name }) {
            self = stage
            return
        }
        let service = try container.decode(String.self, forKey: .service)
        if name == "starting" {
            self = .starting(service: service)
            return
        }
        let step = try container.decode(Int.self, forKey: .step)
        switch name {
        case "smoking": self = .smoking(service: service, step: step)
        case "shifting": self = .shifting(service: service, step: step)
        case "analysing": self = .analysing(service: service, step: step)
        case "scaling": self = .scaling(service: service, step: step)
        case "running": self = .running(service: service, step: step)
        case "approving": self = .approving(service: service, step: step)
        default:
            throw DecodingError.dataCorruptedError(
                forKey: .name, in: container, debugDescription: "\(name) is not a stage of this version")
        }
    }
}
