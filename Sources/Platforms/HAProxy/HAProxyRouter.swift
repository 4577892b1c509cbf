import Rollouts
import Synchronization

/// Splits requests with HAProxy, one per environment. HAProxy outlives the engine and is never restarted for a rollout.
package final class HAProxyRouter: Router {
    private let folder: String
    private let executable: String
    private let clock: any WallClock
    private let nonce: String
    private let inherited: [String: String]
    private let environments = Mutex<[String: HAProxyEnvironment]>([:])

    /// - Parameters:
    ///   - stateDirectory: files go to `haproxy/ENVIRONMENT/` in it.
    ///   - executable: HAProxy 2.6 or later.
    ///   - clock: what certificates' times are compared with.
    ///   - nonce: differs between engines: counters of two engines do not continue each other.
    ///   - inherited: HAProxy's environment.
    package init(
        stateDirectory: String, executable: String = "haproxy", clock: any WallClock, nonce: String,
        inherited: [String: String] = [:]
    ) {
        folder = "\(stateDirectory)/haproxy"
        self.executable = executable
        self.clock = clock
        self.nonce = nonce
        self.inherited = inherited
    }

    package func apply(_ split: TrafficSplit) async throws(RouterError) {
        try await environment(split.environment).apply(split)
    }

    package func drain(
        _ split: TrafficSplit, bundle: Digest, deadline: Duration
    ) async throws(RouterError) -> Int {
        try await environment(split.environment).drain(split, bundle: bundle, deadline: deadline)
    }

    package func withdraw(
        _ leaving: [TrafficSplit.Target], for split: TrafficSplit, deadline: Duration
    ) async throws(RouterError) -> Int {
        try await environment(split.environment).withdraw(leaving, for: split, deadline: deadline)
    }

    package func remove(environment name: String, service: String) async throws(RouterError) {
        try await environment(name).remove(service)
    }

    package func door(_ bundle: Bundle, port: Int) async throws(RouterError) -> RouterDoor {
        try await environment(bundle.environment).door(bundle.entrance ?? Entrance(), port: port)
    }

    package func certificates(environment name: String) async -> [RouterCertificate]? {
        await environment(name).certificates()
    }

    package func observe(environment name: String, service: String) async throws(RouterError) -> RouterObservation {
        try await environment(name).observe(service: service)
    }

    /// Compares what HAProxy does with what was last asked for, and mends the difference; starts it when it is gone.
    /// - Parameter ports: where instances listen now, if that has changed.
    package func reconcile(environment name: String, ports: [String: Int] = [:]) async throws(RouterError) {
        try await environment(name).reconcile(ports: ports)
    }

    /// Why the environment's HAProxy could not listen on these ports, or nil when it could.
    package func obstacle(environment name: String, ports: [Int]) async -> RouterError? {
        await environment(name).obstacle(ports: ports)
    }

    /// The services that the environment's HAProxy listens for, or should.
    package func frontends(environment name: String) async throws(RouterError) -> [String] {
        try await environment(name).frontends()
    }

    /// Ends the environment's HAProxy; its clients are cut off.
    package func stop(environment name: String) async {
        await environment(name).stop()
    }

    private func environment(_ name: String) -> HAProxyEnvironment {
        environments.withLock { environments in
            if let known = environments[name] { return known }
            let process = HAProxyProcess(
                folder: "\(folder)/\(name)", executable: executable, processes: ProcessTable(), inherited: inherited)
            let made = HAProxyEnvironment(process: process, clock: clock, nonce: nonce)
            environments[name] = made
            return made
        }
    }
}
