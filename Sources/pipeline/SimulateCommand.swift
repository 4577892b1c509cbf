import ArgumentParser
import Simulators

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Stand in for LlamaParse and OpenAI, with their wire formats and real work.",
        discussion: """
            PUT /_faults with {"latency_ms":0,"error_rate":0,"rate_limit":0,"outage":false,"provider":"openai"} changes \
            how well it works. Example: pipeline simulate --port 9100
            """)

    @Option(help: "The port on 127.0.0.1.") var port = 9100
    @Option(help: "Where documents and results are kept.") var stateDir = ".tidegate/simulators"
    @Option(help: "The least level that is logged.") var logLevel = "warning"

    func run() async throws {
        let logger = Serving.plainLogger("simulators", level: logLevel)
        let simulator = try Simulator(port: port, folder: stateDir, logger: logger) { port in
            print("LlamaParse and OpenAI stand-ins listen on http://127.0.0.1:\(port)")
        }
        try await Serving.listening(on: port, setting: "--port") { try await Serving.run(simulator, logger: logger) }
    }
}
