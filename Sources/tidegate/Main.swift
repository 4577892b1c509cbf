import ArgumentParser
import ControlPlane
import Secrets

@main
enum Main {
    static func main() async {
        do {
            try CoreDumps.refuse()
            var command = try Tidegate.parsed(Array(CommandLine.arguments.dropFirst()))
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch {
            Ending(error).leave()
        }
    }
}

extension Tidegate {
    /// The command that the arguments ask for.
    ///
    /// The parser looks at every option of every command before it reads a word, which takes longer than reading a
    /// project. So the command that the first word names reads the rest by itself. What it does not understand, help among it,
    /// goes through the whole parser, whose sentences name the whole command line.
    static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
        guard let named = configuration.subcommands.first(where: { $0.configuration.commandName == arguments.first })
        else { return try parseAsRoot(arguments) }
        do {
            let command = try named.parseAsRoot(Array(arguments.dropFirst()))
            if named.isOrHolds(type(of: command)) { return command }
        } catch {
            // The whole parser says what is wrong.
        }
        return try parseAsRoot(arguments)
    }
}

extension ParsableCommand {
    /// Whether a command is this one or stands below it; the parser's own commands, such as help, do not.
    fileprivate static func isOrHolds(_ other: any ParsableCommand.Type) -> Bool {
        Self.self == other || configuration.subcommands.contains { $0.isOrHolds(other) }
    }
}

/// How the program ends: what is written where, and the exit code that callers were promised.
struct Ending: Equatable {
    var output = ""
    var complaint = ""
    var code: Int32

    init(_ error: any Error) {
        switch error {
        case let refusal as Refusal:
            complaint = (refusal.findings.map(FindingText.line) + ["tidegate: \(refusal.message)"])
                .joined(separator: "\n")
            code = refusal.exit.rawValue
        case let exit as ExitCode:
            code = exit.rawValue
        default:
            let parserCode = Tidegate.exitCode(for: error)
            let message = Tidegate.fullMessage(for: error)
            if parserCode == .success {
                output = message
                code = 0
            } else if parserCode == .validationFailure {
                complaint = message
                code = ExitStatus.usage.rawValue
            } else {
                complaint = "tidegate: \(error)"
                code = ExitStatus.checkFailed.rawValue
            }
        }
    }

    func leave() -> Never {
        if !output.isEmpty { Terminal.line(output) }
        if !complaint.isEmpty { Terminal.complain(complaint) }
        Main.exit(withStatus: code)
    }
}
