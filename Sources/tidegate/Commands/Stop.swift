import ArgumentParser
import ControlPlane

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop", abstract: "Stop everything of this project: instances, routers and the engine.",
        discussion: """
            What was recorded stays: the next command starts the engine again, and that brings everything back. To restart \
            only the engine, end `tidegate serve` with SIGTERM. Example: tidegate stop
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        guard let connection = try await options.runningEngine() else { return Terminal.line("Nothing runs.") }
        let engine: EngineDocument = try await connection.client.post("/api/v1/stop", ReasonBody(reason: nil))
        try await connection.starter?.waitForEnd(of: engine.pid, limit: .seconds(60))
        Terminal.line("Stopped.")
    }
}
