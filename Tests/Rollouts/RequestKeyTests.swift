import Rollouts
import TestSupport
import Testing

/// Requests whose answer was lost, asked again.
@Suite(.timeLimit(.minutes(1)))
struct RequestKeyTests {
    @Test func `a rollout that was asked for again by its key is begun once, whatever became of it`() async throws {
        let stage = try await Stage()
        _ = try await stage.rollOut("v1")
        var request = RolloutRequest(environment: "dev", release: "v2", actor: "me", key: "k")
        let first = try await stage.engine.start(request, callerSecrets: [:])
        #expect(try await stage.engine.start(request, callerSecrets: [:]) == first)
        try await stage.engine.abort(first, by: "me", reason: nil)
        #expect(try await stage.end(first).outcome == .aborted)
        #expect(try await stage.engine.start(request, callerSecrets: [:]) == first)
        #expect(try await stage.engine.history(environment: "dev", limit: 9).count == 2)

        request.release = "v3"
        await #expect(throws: RolloutError.keyIsTaken(rollout: first)) {
            try await stage.engine.start(request, callerSecrets: [:])
        }
        let second = try await stage.engine.retry(first, by: "me", reason: nil, callerSecrets: [:], key: "l")
        #expect(try await stage.end(second).outcome == .succeeded)
        #expect(try await stage.engine.retry(first, by: "me", reason: nil, callerSecrets: [:], key: "l") == second)
        await stage.close()
    }

    @Test func `a rollback that was asked for again by its key does not go back one more`() async throws {
        let stage = try await Stage()
        for release in ["v1", "v2"] { _ = try await stage.rollOut(release) }
        func goBack(_ key: String) async throws -> String {
            try await stage.engine.rollback(
                environment: "dev", to: nil, reason: nil, by: "me", evidence: nil, key: key)
        }
        let request = RolloutRequest(environment: "dev", release: "v3", actor: "me")
        let rollout = try await stage.engine.start(request, callerSecrets: [:])
        let world = stage.world
        #expect(await eventually { world.weight("api", "v3") == 20 })
        #expect(try await goBack("k") == rollout)
        #expect(try await stage.end(rollout).outcome == .rolledBack)
        #expect(try await goBack("k") == rollout)
        #expect(try await stage.engine.state(environment: "dev").current?.release == "v2")
        let back = try await goBack("l")
        #expect(try await stage.end(back).outcome == .rolledBack)
        #expect(try await goBack("l") == back)
        #expect(try await stage.engine.state(environment: "dev").current?.release == "v1")
        await stage.close()
    }
}
