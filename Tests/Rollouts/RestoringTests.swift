import Contract
import Definitions
import Rollouts
import Testing

/// A rollout of `api`, and of `worker` after it, that has given all work to the new bundle and turns back.
private struct Pair {
    var rollout = Rollout(id: "r")
    let course: Course
    private var seconds: Int64 = 0

    init() throws {
        let (from, to) = (try Self.bundle("v1"), try Self.bundle("v2"))
        course = Course.make(from: from, to: to)
        let requested = Event.Requested(
            environment: "dev", kind: .rollout, release: "v2", actor: "me", reason: nil, strategy: nil,
            machine: Rollout.machineVersion, target: nil, tick: .seconds(2))
        try take(.requested(requested))
        try take(
            .preflightPassed(
                .init(action: key("preflight"), course: course, plan: Plan.make(course, from: from, to: to))))
        for service in ["api", "worker"] {
            try take(.instancesReady(ready(service, course.to, key("ensure-\(service)"))))
            try shift(service, 100)
        }
        try take(.abortRequested(.init(by: "me", reason: nil)))
    }

    private static func bundle(_ version: String) throws -> Bundle {
        var release = release(version)
        release.artifacts.append(
            Artifact(service: "worker", digest: release.digest, command: ["./worker"], contract: contract("worker")))
        var build = builder(release, environment: "dev")
        build.environment.strategies["canary"] = Strategy(steps: [.weight(100)])
        build.environment.services.append(
            ServiceDefinition(name: "worker", replicas: 1, strategy: "canary", after: ["api"], place: place))
        build.smoke = []
        return try build.build(now: Timestamp(microseconds: 0))
    }

    func action(_ kind: String) -> Action? { rollout.pending.first { $0.work.kind.hasPrefix(kind) } }
    func key(_ kind: String) -> String { action(kind)?.key ?? "" }
    var now: Timestamp { Timestamp(microseconds: seconds * 1_000_000) }

    mutating func take(_ event: Event) throws {
        seconds += 1
        _ = try rollout.handle(event, at: now)
    }

    mutating func ready(_ service: String) throws {
        try take(.instancesReady(ready(service, course.from!, key("ensure-\(service)"))))
    }

    mutating func shift(_ service: String, _ percent: Int) throws {
        let event = Event.WeightsShifted(
            action: key("split-\(service)"), service: service, percent: percent, weights: [])
        try take(.weightsShifted(event))
    }

    private func ready(_ service: String, _ bundle: Digest, _ key: String) -> Event.InstancesReady {
        .init(action: key, service: service, bundle: bundle, instances: ["a"])
    }
}

@Suite struct RestoringTests {
    @Test func `services go back in the opposite order, the one that depends on the other first`() throws {
        var pair = try Pair()
        #expect(pair.rollout.stage == .restoring)
        try pair.ready("api")
        let waits = try #require(pair.action("split-api"))
        #expect(waits.notBefore == pair.now + Rollout.restoringPatience)
        try pair.ready("worker")
        #expect(pair.action("split-worker")?.notBefore == nil)
        try pair.shift("worker", 0)
        let goes = try #require(pair.action("split-api"))
        #expect(goes.notBefore == nil)
        #expect(goes.key != waits.key)
        try pair.shift("api", 0)
        #expect(pair.rollout.stage == .removing)
    }

    @Test func `a service does not wait for long for one that cannot be restored`() throws {
        var pair = try Pair()
        try pair.ready("api")
        try pair.shift("api", 0)
        #expect(pair.rollout.weights["api"] == 0)
        #expect(pair.rollout.stage == .restoring)
        try pair.ready("worker")
        #expect(pair.action("split-worker")?.notBefore == nil)
        try pair.shift("worker", 0)
        #expect(pair.rollout.stage == .removing)
    }
}
