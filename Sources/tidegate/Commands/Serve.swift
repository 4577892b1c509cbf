import ArgumentParser
import CHeap
import ControlPlane
import FoundationEssentials

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the engine, the watcher and the dashboard.",
        discussion: """
            Ends on SIGTERM or Ctrl-C; instances and the router live on. Example: tidegate serve --listen 0.0.0.0:7070
            """)

    @Option(help: "The dashboard's address (default: 127.0.0.1:7070, or a free port when that is taken).")
    var listen: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        // It runs for months, and works on many threads.
        tide_limit_heaps(2)
        try SharedLibrary.load()
        let installation = Installation(
            project: try options.findProject(), listen: try listen.map { try ListenAddress($0) },
            environment: ProcessInfo.processInfo.environment, ground: Installation.thisMachine)
        try await installation.serve { Terminal.line($0) }
    }
}
