import ArgumentParser
import ControlPlane
import FoundationEssentials

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "What this machine has and lacks, and how to get it.",
        discussion: "Needs no engine. Exit 4 when something needed is missing. Example: tidegate doctor")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let project = try? options.findProject()
        let checks = await Doctor(project: project, environment: ProcessInfo.processInfo.environment).examine()
        try options.write(checks, text: DoctorText.text)
        if checks.contains(where: { $0.state == .missing }) { throw ExitCode(ExitStatus.checkFailed.rawValue) }
    }
}
