import ArgumentParser
import ControlPlane
import Definitions
import Testing

@testable import tidegate

/// How the program ends is an interface.
struct EndingTests {
    private func ending(_ arguments: String...) -> Ending? {
        do {
            // Help is a command of its own, whose run ends so.
            var command = try Tidegate.parsed(arguments)
            try command.run()
            return nil
        } catch {
            return Ending(error)
        }
    }

    @Test(arguments: [["bogus"], ["plan", "dev"], ["rollout"], ["logs", "dev", "--lines", "many"]])
    func `a usage error is exit 1, on standard error`(arguments: [String]) {
        do {
            _ = try Tidegate.parsed(arguments)
            Issue.record("it was understood")
        } catch {
            let ending = Ending(error)
            #expect(ending.code == 1)
            #expect(ending.output.isEmpty)
            #expect(!ending.complaint.isEmpty)
        }
    }

    @Test func `help is no error`() {
        let ending = ending("--help")
        #expect(ending?.code == 0)
        #expect(ending?.output.contains("rollout") == true)
        #expect(ending?.complaint == "")
    }

    @Test(arguments: [["validate"], ["secrets", "rotate"], ["release"], ["rollout"]])
    func `help of a command names the whole command line`(words: [String]) {
        for arguments in [words + ["--help"], ["help"] + words] {
            do {
                var command = try Tidegate.parsed(arguments)
                try command.run()
                Issue.record("\(arguments) is help")
            } catch {
                let ending = Ending(error)
                #expect(ending.code == 0)
                #expect(ending.output.contains("USAGE: tidegate \(words.joined(separator: " "))"))
            }
        }
    }

    @Test func `what a command does not understand is told with its whole command line`() {
        let ending = ending("validate", "--formatt", "json")
        #expect(ending?.code == 1)
        #expect(ending?.complaint.contains("Usage: tidegate validate") == true)
    }

    @Test(arguments: ControlPlane.ExitStatus.allCases)
    func `a refusal ends with its own code and one sentence`(exit: ControlPlane.ExitStatus) {
        let ending = Ending(Refusal("code", "This is why; do that.", exit: exit))
        #expect(ending.code == exit.rawValue)
        #expect(ending.complaint == "tidegate: This is why; do that.")
    }

    @Test func `findings are listed before the sentence`() {
        let finding = Finding(
            rule: "secret.placeholder", environment: "dev",
            place: Place(file: "environments/dev.yaml", line: 4, column: 2), message: "KEY is a placeholder.",
            fix: "Set it.")
        let ending = Ending(
            Refusal("definition_invalid", "One finding.", exit: .invalidDefinition, findings: [finding]))
        #expect(
            ending.complaint.hasPrefix(
                "environments/dev.yaml:4:2: error: KEY is a placeholder. [secret.placeholder]\n    Set it."))
    }

    @Test func `an exit code passes silently`() {
        let ending = Ending(ExitCode(10))
        #expect(ending.code == 10)
        #expect(ending.output.isEmpty && ending.complaint.isEmpty)
    }

    @Test func `every command of the interface is there and shows an example`() throws {
        #expect(Tidegate.configuration.subcommands.count >= 17)
        for command in Tidegate.configuration.subcommands {
            let leaves = command.configuration.subcommands.isEmpty ? [command] : command.configuration.subcommands
            for leaf in leaves {
                #expect(leaf.helpMessage().split(whereSeparator: \.isWhitespace).contains("tidegate"), "\(leaf)")
            }
        }
    }
}
