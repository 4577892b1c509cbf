/// What an environment runs, as the control plane has it on record.
package struct EnvironmentState: Codable, Sendable, Equatable {
    package var environment: String
    /// Nil until a first rollout has succeeded.
    package var current: Bundle?
    /// The bundle before, as long as it is warm.
    package var previous: Bundle?
    package var warmUntil: Timestamp?
    /// The rollout in progress.
    package var rollout: String?
    /// The last rollout that ended.
    package var last: String?

    package init(
        environment: String, current: Bundle? = nil, previous: Bundle? = nil, warmUntil: Timestamp? = nil,
        rollout: String? = nil, last: String? = nil
    ) {
        self.environment = environment
        self.current = current
        self.previous = previous
        self.warmUntil = warmUntil
        self.rollout = rollout
        self.last = last
    }
}
