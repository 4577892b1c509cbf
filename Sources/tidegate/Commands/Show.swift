import ArgumentParser
import ControlPlane

struct ShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "One rollout with its evidence.",
        discussion: "With --json: the rollout, then a line an event. Example: tidegate show r-1f3a")

    @Argument(help: "The rollout's id.") var rollout: String
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let connection = try await options.connect()
        let address = "/api/v1/rollouts/\(pathSegment(rollout))"
        let document: RolloutDocument = try await connection.client.get(address)
        Terminal.line(options.json ? try JSON.text(document) : RolloutText.whole(document))
        let view = RolloutView(isJSON: options.json, isLive: false)
        for try await bytes in try await connection.client.lines("\(address)/events", query: []) {
            try view.tell(try RolloutLine(json: bytes))
        }
    }
}
