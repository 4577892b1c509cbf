/// What stands between a release and an environment, in the order in which it is told.
package enum Gate: String, Codable, Sendable, CaseIterable {
    /// A verdict took the release back, and nobody has unblocked it.
    case block
    /// A release was taken back here, and nobody has said why another goes out.
    case incident
    case freeze, promotion, soak, evidence
    case errorBudget = "error-budget"
    case spend, approval

    /// Whether a person may pass it with a reason. The others have a way of their own: unblocking, saying why, approving.
    package var canBeOverridden: Bool {
        switch self {
        case .block, .incident, .approval: false
        case .freeze, .promotion, .soak, .evidence, .errorBudget, .spend: true
        }
    }
}

/// What one gate says of one rollout.
package struct GateResult: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable {
        case passed
        /// A person has to do something, and the rollout waits for it.
        case waiting
        case refused
        /// It would refuse, and whoever asked has passed it with a reason.
        case overridden
    }

    package var gate: Gate
    package var state: State
    /// One sentence.
    package var why: String
    /// What to do about it; nil when it passed.
    package var action: String?
    /// From when on it would pass by itself, as far as that is known.
    package var possibleAt: Timestamp?

    package init(_ gate: Gate, _ state: State, _ why: String, action: String? = nil, possibleAt: Timestamp? = nil) {
        self.gate = gate
        self.state = state
        self.why = why
        self.action = action
        self.possibleAt = possibleAt
    }

    enum CodingKeys: String, CodingKey {
        case gate, state, why, action
        case possibleAt = "possible_at"
    }

    /// The sentence and what to do, as a refusal is told.
    package var told: String {
        "\(gate.rawValue): \(why)" + (action.map { "; \($0)" } ?? "")
    }
}

extension [GateResult] {
    package var refusals: [GateResult] { filter { $0.state == .refused } }

    /// Why nothing begins, in one line; nil when nothing refuses.
    package var refusal: String? {
        refusals.isEmpty ? nil : refusals.map(\.told).joined(separator: " — ")
    }
}
