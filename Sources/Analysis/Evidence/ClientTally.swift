/// Counts clients (or traces) instead of requests, so that one client's retries are one error and not a cluster.
///
/// A client counts once in a tick, and once in each `span`: with the arm of its first request and that request's outcome.
/// Its later requests count for neither arm. Were a client to count in both arms, or with the worst of its outcomes, the arm
/// that has most of the traffic would not get its share of those who fail anyway, and a good release would look bad.
///
/// A client that fails all the time and is bound to one arm is a cluster across ticks: with sticky sessions, let `span` be
/// as long as the step.
///
/// What is stored is the tick that it comes to, never who the clients were.
package struct ClientTally: Sendable, Equatable {
    package enum Arm: String, Codable, Sendable { case candidate, reference }

    /// What one tick came to.
    package struct Tick: Codable, Sendable, Equatable {
        /// Clients, and those whose first request failed.
        package var candidate = ArmCount(requests: 0, errors: 0)
        package var reference = ArmCount(requests: 0, errors: 0)
        /// The most errors of one client in this tick, over both arms: by what a count of requests is to be divided where it
        /// is used instead. At least 1.
        package var largestCluster: Int64 = 1
        /// Requests of clients for whom there was no room; no arm has them.
        package var leftOut: Int64 = 0

        package init() {}
    }

    /// How many clients are remembered at most.
    package let limit: Int
    /// Microseconds in which a client counts once; 0 for once in each tick.
    package let span: Int64
    private var tick = Tick()
    private var counted: [UInt64: Int64] = [:]
    private var errors: [UInt64: Int64] = [:]

    package init(limit: Int = 65_536, span: Int64 = 0) {
        self.limit = max(1, limit)
        self.span = max(0, span)
    }

    /// - Parameters:
    ///   - client: a digest of what tells clients or traces apart.
    ///   - at: microseconds on a clock that does not go back.
    package mutating func add(client: UInt64, arm: Arm, failed: Bool, at: Int64) {
        let isNew = counted[client] == nil
        guard !isNew || counted.count < limit else {
            tick.leftOut = tick.leftOut.plus(1)
            return
        }
        if failed {
            errors[client] = errors[client, default: 0].plus(1)
            tick.largestCluster = max(tick.largestCluster, errors[client, default: 0])
        }
        guard isNew else { return }
        counted[client] = at
        let one = ArmCount(requests: 1, errors: failed ? 1 : 0)
        switch arm {
        case .candidate: tick.candidate = tick.candidate + one
        case .reference: tick.reference = tick.reference + one
        }
    }

    /// Ends the tick. Clients whose span is over count again from now on.
    package mutating func take(at now: Int64) -> Tick {
        defer {
            tick = Tick()
            errors = [:]
            counted = counted.filter { now < $0.value.plus(span) }
        }
        return tick
    }
}
