/// Something that should be so, for the engine to bring about. Doing it twice is doing it once.
package struct Action: Codable, Sendable, Equatable {
    /// `rollout/seq/kind`, the same again after a crash.
    package var key: String
    package var work: Work
    /// The longest that it may take.
    package var limit: Duration
    /// Not to be started before, when it is tried again.
    package var notBefore: Timestamp?
    /// 1 for the first try.
    package var attempt: Int

    package init(key: String, work: Work, limit: Duration, notBefore: Timestamp? = nil, attempt: Int = 1) {
        self.key = key
        self.work = work
        self.limit = limit
        self.notBefore = notBefore
        self.attempt = attempt
    }
}

package enum Work: Codable, Sendable, Equatable {
    case preflight
    /// The gates are asked once more.
    case checkGates
    case migrate(bundle: Digest)
    /// So many instances run, are ready and proved.
    case ensure(service: String, bundle: Digest, count: Int)
    case smoke(stage: SmokeRequest.Stage, bundle: Digest, services: [String])
    /// The bundle rolled out has `percent` of the service's work; what was there before has the rest, if there was any.
    case split(service: String, percent: Int)
    /// Samples of the services are fed in, until the action is no longer pending.
    case analyse(services: [String])
    /// All but so many instances get no more work, finish what they have, and are stopped.
    case shrink(service: String, bundle: Digest, count: Int)
    /// A program, run once more until it says that it is done.
    case command(CommandCall)
    /// Nothing in flight, then stopped.
    case stop(service: String, bundle: Digest)

    package var kind: String {
        switch self {
        case .preflight: "preflight"
        case .checkGates: "gates"
        case .migrate: "migrate"
        case .ensure(let service, let bundle, _): "ensure-\(service)-\(bundle.short)"
        case .smoke(let stage, _, _): "smoke-\(stage.rawValue)"
        case .split(let service, _): "split-\(service)"
        case .analyse: "analyse"
        case .shrink(let service, let bundle, _): "shrink-\(service)-\(bundle.short)"
        case .command(let call): "\(call.kind.rawValue)-again"
        case .stop(let service, let bundle): "stop-\(service)-\(bundle.short)"
        }
    }
}
