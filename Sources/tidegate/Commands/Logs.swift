import ArgumentParser
import ControlPlane

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "What instances wrote, secrets masked.",
        discussion: "Example: tidegate logs dev worker --follow")

    @Argument(help: "The environment.") var environment: String
    @Argument(help: "A service or an instance; all without.") var target: String?
    @Option(help: "How many of each instance's last lines.") var lines = 100
    @Flag(help: "Go on with what they write from now on, until Ctrl-C.") var follow = false
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let client = try await options.connect().client
        let query = [
            ("target", target ?? ""), ("lines", String(max(0, lines))), ("follow", String(follow)),
        ]
        let address = "/api/v1/environments/\(pathSegment(environment))/logs"
        let isJSON = options.json
        let whole: Void? = try await Interruption.leaving {
            for try await bytes in try await client.lines(address, query: query) {
                let line = try JSON.decode(LogLineDocument.self, from: bytes)
                Terminal.line(isJSON ? String(decoding: bytes, as: UTF8.self) : LogText.line(line))
            }
        }
        if whole == nil { throw ExitCode(ExitStatus.interrupted.rawValue) }
    }
}
