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

    @Test(arguments: [(0, ["old"]), (5, ["old", "new"]), (100, ["new"])])
    func `is each bundle that has a share of the service's work`(_ percent: Int, _ ids: [String]) {
        let scene = Scene(
            state: EnvironmentState(environment: "dev", rollout: "r"),
            instances: [instance("old", of: Self.old), instance("new", of: Self.new)],
            bundles: Scene.sharing(course, ["api": percent]))
        #expect(Set(scene.serving("api").map(\.id)) == Set(ids))
    }

    @Test func `is the restored bundle once it has all work, though the one that is stopped still is the current one`()
    {
        let scene = Scene(
            state: EnvironmentState(environment: "dev", rollout: "r"), instances: [instance("old", of: Self.old)],
            bundles: Scene.sharing(course, ["api": 0]))
        #expect(scene.serving("api").map(\.id) == ["old"])
    }

    @Test(arguments: [(Judgement.fail, true), (.pass, true), (.notEnoughEvidence, false), (.telemetryBroken, false)])
    func `has a rate of errors where there is enough to judge by, and one failed job is none`(
        _ judgement: Judgement, _ isRate: Bool
    ) {
        let verdict = Verdict(
            signal: "error_rate", service: "worker", verdict: judgement, value: 1, limit: 0.05, samples: 1, why: "x")
        #expect(AlertFacts.ErrorRate([verdict]) == (isRate ? AlertFacts.ErrorRate(value: 1, samples: 1) : nil))
    }
}
