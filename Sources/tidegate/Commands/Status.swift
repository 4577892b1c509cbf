import ArgumentParser
import ControlPlane

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "What runs against what is defined.",
        discussion: "Example: tidegate status production --watch")

    @Argument(help: "The environment; all of them without.") var environment: String?
    @Flag(help: "Show it again every two seconds until Ctrl-C.") var watch = false
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let connection = try await options.connect()
        guard watch else { return try await show(connection) }
        let command = self
        _ = try await Interruption.leaving {
            while true {
                if Terminal.isInteractive, !command.options.json { Terminal.clearScreen() }
                try await command.show(connection)
                try await ContinuousClock().sleep(for: .seconds(2))
            }
        }
        throw ExitCode(ExitStatus.interrupted.rawValue)
    }

    private func show(_ connection: Connection) async throws {
        if let environment {
            let status: StatusDocument = try await connection.client.get(
                "/api/v1/environments/\(pathSegment(environment))/status")
            return try options.write(status, text: StatusText.text)
        }
        var all: [StatusDocument] = []
        let environments: [EnvironmentDocument] = try await connection.client.get("/api/v1/environments")
        for environment in environments {
            all.append(
                try await connection.client.get("/api/v1/environments/\(pathSegment(environment.name))/status"))
        }
        try options.write(all) { $0.map(StatusText.text).joined(separator: "\n\n") }
        for environment in environments {
            if let invalid = environment.invalid { Terminal.complain("tidegate: \(environment.name): \(invalid)") }
        }
    }
}
