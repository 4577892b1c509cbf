import ArgumentParser
import CHeap
import ControlPlane
import FoundationEssentials

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the engine, the watcher and the dashboard.",
        discussion: """
            Ends on SIGTERM or Ctrl-C; instances and the router live on.
            Example: tidegate serve --listen 127.0.0.1:7070 --public-url https://ops.example.com/tidegate
            """)

    @Option(help: "The dashboard's address (default: 127.0.0.1:7070, or a free port when that is taken).")
    var listen: String?
    @Option(
        name: .customLong("public-url"),
        help: """
            Where people find the dashboard, which links in notifications lead to (default: what it listens on). \
            A proxy that it is behind takes its path off.
            """)
    var publicURL: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        // It runs for months, and works on many threads.
        tide_limit_heaps(2)
        try SharedLibrary.load()
        let installation = Installation(
            project: try options.findProject(), listen: try listen.map { try ListenAddress($0) },
            publicAddress: try publicURL.map { try PublicAddress($0) },
            environment: ProcessInfo.processInfo.environment, ground: Installation.thisMachine)
        try await installation.serve { Terminal.line($0) }
    }
}
