import Definitions
import Operations
import Rollouts
import Storage

/// Counts what every service answers, for error budgets over weeks.
struct TrafficCount: Sendable {
    /// The time between two looks.
    static let pace = Duration.seconds(30)

    let engine: any RolloutEngine
    let environments: any EnvironmentSource
    let signals: any Signals
    let database: any Database

    func round() async throws {
        for name in try environments.names() {
            guard let current = try await engine.state(environment: name).current else { continue }
            let objectives = try environments.known(name).definition?.objectives ?? []
            for service in current.services {
                let limit = objectives.first { $0.service == service.name }?.latency?.below
                let sample = await signals.sample(environment: name, service: service.name)
                try await database.write {
                    try TrafficRecord.take(sample, environment: name, slowerThan: limit, $0)
                }
            }
        }
    }
}
