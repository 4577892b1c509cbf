/// Where instances run. Every method states what should be, so that doing it twice is doing it once.
package protocol Platform: Sendable {
    /// Keeps `count` instances of the service at the bundle running from now on (restarting what crashes), and returns when
    /// all of them are ready and proved: the expected release and config digest, reported and attested.
    /// - Throws: `PlatformError.notReady` with the last log lines when they are not within `deadline`; what was started
    ///   stays until `stop`.
    func ensure(_ bundle: Bundle, service: String, count: Int, deadline: Duration) async throws(PlatformError)
        -> [Instance]

    /// What runs in the environment now, the unready and the crashed among it.
    func instances(environment: String) async throws(PlatformError) -> [Instance]

    /// Ends every instance of the service at the bundle: SIGTERM, the contract's drain time, then SIGKILL. The caller has
    /// taken their traffic away before.
    func stop(environment: String, service: String, bundle: Digest) async throws(PlatformError)

    /// Ends these instances as `stop` does, for good. One that is not known is gone already.
    func stop(environment: String, instances: [String]) async throws(PlatformError)

    /// Ends the instance's process and starts it again at once, whatever pause its crashes had earned it. Its traffic is not
    /// taken away before: this is for one that does not serve.
    func restart(environment: String, instance: String) async throws(PlatformError)

    /// Runs the bundle's migrations once; done again, they change nothing.
    func migrate(_ bundle: Bundle, deadline: Duration) async throws(PlatformError) -> MigrationReport

    /// The last lines that the instance wrote, secrets masked.
    func logTail(environment: String, instance: String, lines: Int) async throws(PlatformError) -> [String]
}

/// One running copy of a service at one bundle, as last seen.
package struct Instance: Codable, Sendable, Equatable {
    package enum Proof: String, Codable, Sendable {
        /// Nothing known yet.
        case none
        /// The platform knows that this process runs that artifact and owns the listening socket.
        case attested
        /// The instance itself reports the expected release and config digest, too.
        case reported
    }

    package var id: String
    package var environment: String
    package var service: String
    package var release: String
    package var bundle: Digest
    /// Nil while it has none (crashed, being restarted).
    package var pid: Int?
    package var port: Int?
    package var alive: Bool
    package var ready: Bool
    package var proof: Proof
    package var configDigest: String?
    package var restarts: Int
    /// Consecutive failed health probes; a crash counts as one.
    package var healthFailures: Int
    /// Why it is not ready, or how it last ended.
    package var detail: String?
    package var since: Timestamp

    package init(
        id: String, environment: String, service: String, release: String, bundle: Digest, pid: Int? = nil,
        port: Int? = nil, alive: Bool, ready: Bool, proof: Proof, configDigest: String? = nil, restarts: Int = 0,
        healthFailures: Int = 0, detail: String? = nil, since: Timestamp
    ) {
        self.id = id
        self.environment = environment
        self.service = service
        self.release = release
        self.bundle = bundle
        self.pid = pid
        self.port = port
        self.alive = alive
        self.ready = ready
        self.proof = proof
        self.configDigest = configDigest
        self.restarts = restarts
        self.healthFailures = healthFailures
        self.detail = detail
        self.since = since
    }

    package var url: String? { port.map { "http://127.0.0.1:\($0)" } }
}

package struct MigrationReport: Codable, Sendable, Equatable {
    /// What the migration command said, secrets masked.
    package var output: String
    package init(output: String) { self.output = output }
}

package enum PlatformError: Error, Sendable, Equatable, Codable {
    /// They did not become ready in time; `reason` says which and why, `log` holds the last lines.
    case notReady(service: String, reason: String, log: [String])
    case cannotStart(service: String, reason: String)
    case migrationFailed(reason: String, log: [String])
    case unknownInstance(String)
    /// The bundle's sealed secrets are gone, or do not open.
    case sealUnavailable(bundle: Digest, reason: String)
    /// The disk or the database did not take what had to be recorded first.
    case notRecorded(reason: String)
}
