import ArgumentParser
import Documents
import Foundation
import Storage

/// The bundled application: one executable with everything in it.
@main
struct Pipeline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline", abstract: "The document pipeline: API, worker, and what belongs to them.",
        subcommands: [
            APICommand.self, WorkerCommand.self, SimulateCommand.self, ContractCommand.self, CheckCommand.self,
            MigrateCommand.self,
            TokenCommand.self, UserCommand.self, EventsCommand.self, LoadCommand.self,
        ])

    /// Exit codes: 0 done · 1 failure · 2 variables missing or wrong · 3 database cannot be reached · 64 usage · 98 port in use.
    static func main() async {
        do {
            var command = try await asyncParseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let error as SettingsError { end(error, 2) } catch let error as DatabaseError {
            end(error, 3)
        } catch let error as PortInUse { end(error, 98) } catch { exit(withError: error) }
    }

    private static func end(_ error: any Error, _ code: Int32) -> Never {
        FileHandle.standardError.write(Data("\(error)\n".utf8))
        Foundation.exit(code)
    }
}
