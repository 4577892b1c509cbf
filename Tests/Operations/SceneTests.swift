import Analysis
import Contract
import Definitions
import Rollouts
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(1))) struct `What serves, as the watch sees it` {
    private static let (old, new) = (Digest(of: Array("old".utf8)), Digest(of: Array("new".utf8)))
    private let course = Course(
        from: Self.old, fromRelease: "v1", to: Self.new, toRelease: "v2", legs: [], migrates: false,
        thresholds: Thresholds(errorRateFor: .seconds(20), latencyFor: .seconds(20)), rollbackWindow: .seconds(60),
        smokesTo: false, smokesFrom: false)

    private func instance(_ id: String, of bundle: Digest, _ service: String = "api") -> Instance {
        Instance(
            id: id, environment: "dev", service: service, release: "v", bundle: bundle, pid: 1, port: 1, alive: true,
            ready: true, proof: .reported, since: Timestamp(microseconds: 1))
    }

    @Test(arguments: [(0, ["old"]), (5, ["old"]), (99, ["old"]), (100, ["new"])])
    func `is the old bundle until the new one has all of the service's work`(_ percent: Int, _ ids: [String]) {
        let scene = Scene(
            state: EnvironmentState(environment: "dev", rollout: "r"),
            instances: [instance("old", of: Self.old), instance("new", of: Self.new)],
            bundles: Scene.serving(course, ["api": percent]))
        #expect(Set(scene.serving("api").map(\.id)) == Set(ids))
    }

    @Test func `is the restored bundle once it has all work, though the one that is stopped still is the current one`()
    {
        let scene = Scene(
            state: EnvironmentState(environment: "dev", rollout: "r"), instances: [instance("old", of: Self.old)],
            bundles: Scene.serving(course, ["api": 0]))
        #expect(scene.serving("api").map(\.id) == ["old"])
    }

    @Test(arguments: [
        (Judgement.fail, 20, true), (.pass, 20, true), (.notEnoughEvidence, 20, true), (.notEnoughEvidence, 19, false),
        (.telemetryBroken, 20, false),
    ])
    func `has a rate of errors where there is enough to judge by, whether or not a breach has lasted`(
        _ judgement: Judgement, _ samples: Int, _ isRate: Bool
    ) {
        let verdict = Verdict(
            signal: "error_rate", service: "worker", verdict: judgement, value: 0.5, limit: 0.05, samples: samples,
            why: "x")
        let rate = AlertFacts.ErrorRate([verdict], of: 20)
        #expect(rate == (isRate ? AlertFacts.ErrorRate(value: 0.5, samples: samples) : nil))
    }
}
