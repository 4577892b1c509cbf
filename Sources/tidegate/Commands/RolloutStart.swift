import ArgumentParser
import ControlPlane

/// Asks where a person is there to be asked, starts a rollout, and follows it.
struct RolloutStart {
    let environment: String
    /// Without reason and secrets, which are filled in.
    let body: RolloutBody
    let change: ChangeOptions

    func run() async throws {
        let connection = try await change.options.connect()
        var body = body
        body.reason = change.reason
        body.secrets = try await connection.carriedSecrets(for: environment)
        let address = "/api/v1/environments/\(pathSegment(environment))"
        if change.asks {
            let plan: PlanDocument = try await connection.client.post("\(address)/plan", body)
            Terminal.line(PlanText.text(plan))
            guard Terminal.ask("Roll out \(body.release) in \(environment)?") else {
                throw Refusal("declined", "Nothing was done.", exit: .refused)
            }
        }
        let started = try await connection.begin("\(address)/rollouts", body)
        try await Follower(options: change.options, connection: connection).follow(started, wait: !change.noWait)
    }
}
