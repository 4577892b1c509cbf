import Contract
import Rollouts

/// What runs in an environment and which of it serves, as they were at one time.
///
/// A rollback stops the instances of the bundle that it leaves while that still is the current one, so that who only looks for
/// the current bundle's instances finds none at the end of every rollback, and a service that serves would count as down.
struct Scene: Sendable {
    /// Rollouts take seconds: what changes during so many looks is taken as the last one saw it.
    private static let looks = 3

    let state: EnvironmentState
    let instances: [Instance]
    /// By service, of a rollout that is under way: the bundle that serves, and the one that did when the instances were listed.
    /// What the rollout has not touched is not here.
    private let bundles: [String: Set<Digest>]

    /// - Throws: what engine and platform throw.
    init(of environment: String, _ engine: any RolloutEngine, _ platform: any Platform) async throws {
        var (state, bundles) = try await Self.look(environment, engine)
        var instances: [Instance] = []
        for _ in 0..<Self.looks {
            instances = try await platform.instances(environment: environment)
            let after = try await Self.look(environment, engine)
            let isSame =
                after.state.rollout == state.rollout && after.state.last == state.last
                && after.state.current?.digest == state.current?.digest
            // What served before the instances were listed, and what serves since: the list may be of either time.
            bundles = isSame ? bundles.merging(after.bundles) { $0.union($1) } : after.bundles
            state = after.state
            if isSame { break }
        }
        (self.state, self.instances, self.bundles) = (state, instances, bundles)
    }

    init(state: EnvironmentState, instances: [Instance], bundles: [String: Set<Digest>]) {
        (self.state, self.instances, self.bundles) = (state, instances, bundles)
    }

    /// The service's instances of the bundles that serve.
    func serving(_ service: String) -> [Instance] {
        let bundles = bundles[service] ?? Set([state.current?.digest].compactMap(\.self))
        return instances.filter { $0.service == service && bundles.contains($0.bundle) }
    }

    private static func look(
        _ environment: String, _ engine: any RolloutEngine
    ) async throws -> (state: EnvironmentState, bundles: [String: Set<Digest>]) {
        let state = try await engine.state(environment: environment)
        guard let id = state.rollout else { return (state, [:]) }
        let rollout = try await engine.rollout(id)
        guard let course = rollout.course else { return (state, [:]) }
        return (state, serving(course, rollout.weights))
    }

    /// By service, the bundle that serves: the old one as long as it has a share of the work, since rollouts themselves judge what
    /// they roll out. The new one of an environment that had none.
    /// - Parameter weights: the percentage of the bundle rolled out.
    static func serving(_ course: Course, _ weights: [String: Int]) -> [String: Set<Digest>] {
        weights.mapValues { percent in [percent < 100 ? course.from ?? course.to : course.to] }
    }
}
