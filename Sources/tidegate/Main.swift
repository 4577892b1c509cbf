import ArgumentParser
import ControlPlane

@main
enum Main {
    static func main() async {
        do {
            var command = try Tidegate.parseAsRoot()
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
