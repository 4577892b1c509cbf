import ArgumentParser
import Contract
import ControlPlane
import FoundationEssentials

struct ContractCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "contract", abstract: "What an artifact says it needs.",
        discussion: """
            Reads an artifact's folder (its artifact.json), or a contract's file. Touches nothing and runs nothing.

              tidegate contract build/artifacts/api
              tidegate contract contracts/api.json --json
            """)

    @Argument(help: "An artifact's folder, or a contract's file.")
    var artifact: String = ""

    @Flag(name: .long, help: "Print the JSON Schema of contracts instead.")
    var schema = false

    @OptionGroup var options: GlobalOptions

    func run() throws {
        if schema { return Terminal.text(ArtifactContract.jsonSchema) }
        guard !artifact.isEmpty else {
            throw Refusal("no_artifact", "Name an artifact's folder or a contract's file.", exit: .usage)
        }
        let contract = try read()
        if options.json {
            Terminal.text(String(decoding: try contract.json(), as: UTF8.self))
        } else {
            Terminal.line(Self.text(contract))
        }
    }

    private func read() throws -> ArtifactContract {
        var isFolder = false
        let exists = FileManager.default.fileExists(atPath: artifact, isDirectory: &isFolder)
        let path = isFolder ? "\(artifact)/artifact.json" : artifact
        guard exists, let data = FileManager.default.contents(atPath: path) else {
            throw Refusal("no_artifact", "\(path) does not exist or cannot be read.", exit: .usage)
        }
        do {
            return try isFolder
                ? ArtifactContract.decode(inArtifact: Array(data)) : ArtifactContract.decode(Array(data))
        } catch {
            throw Refusal("invalid_contract", "\(path): \(error)", exit: .invalidDefinition)
        }
    }

    private static func text(_ contract: ArtifactContract) -> String {
        var lines = [
            "service      \(contract.service)", "port         \(contract.portVariable)",
            "liveness     \(contract.paths.liveness)", "readiness    \(contract.paths.readiness)",
            "start        within \(contract.startBudgetSeconds) s", "drain        \(contract.drainSeconds) s",
        ]
        if let migrations = contract.migrations {
            lines.append("migrations   \(migrations.arguments.joined(separator: " "))")
        }
        lines.append("variables")
        for variable in contract.variables.sorted(by: { $0.name < $1.name }) {
            let marks = [variable.required ? "required" : nil, variable.secret ? "secret" : nil].compactMap { $0 }
            let fallback = variable.defaultValue.map { " = \($0)" } ?? ""
            lines.append(
                "  \(variable.name)\(fallback) (\(([variable.kind.rawValue] + marks).joined(separator: ", "))): \(variable.summary)"
            )
        }
        return lines.joined(separator: "\n")
    }
}
