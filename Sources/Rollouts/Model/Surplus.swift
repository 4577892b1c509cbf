import Definitions

/// Instances of one service that run beside those that it needs, because a rollout is under way, or has been lately.
package struct Surplus: Codable, Sendable, Equatable {
    package var service: String
    /// How many at most while the rollout lasts.
    package var during: Int
    /// How many of the bundle before stay warm when it has succeeded, until the rollback window ends.
    package var warm: Int

    package init(service: String, during: Int, warm: Int) {
        (self.service, self.during, self.warm) = (service, during, warm)
    }
}

extension Plan {
    /// What the plan's instances beside the needed ones are, and for how long.
    package struct DoubleRunning: Codable, Sendable, Equatable {
        package var services: [Surplus]
        /// How long the rollout takes by its plan at most: all starts, bakes and drains, one service after the other. Waiting for
        /// evidence or for people, migrations and commands come on top.
        package var during: Duration
        /// The rollback window.
        package var warm: Duration

        package init(services: [Surplus], during: Duration, warm: Duration) {
            (self.services, self.during, self.warm) = (services, during, warm)
        }
    }
}

extension Plan.DoubleRunning {
    /// Nil where nothing runs yet, for then nothing runs twice.
    init?(_ course: Course, from: Bundle?, to: Bundle) {
        guard let from, from.digest != to.digest else { return nil }
        services = course.legs.map { leg in
            let capacity = Capacity(from: from.service(leg.service), to: to.service(leg.service))
            return Surplus(
                service: leg.service, during: capacity.most - max(capacity.old, capacity.new),
                warm: leg.warm ?? capacity.old)
        }
        during = course.legs.reduce(.zero) { $0 + $1.plannedTime }
        warm = course.rollbackWindow
    }
}

extension Leg {
    fileprivate var plannedTime: Duration {
        steps.reduce(startLimit + drainLimit) { time, step in
            if case .bake(let duration, _) = step { time + duration } else { time }
        }
    }
}
