import Rollouts
import Secrets

/// Runs the programs of strategies and hooks in the project's folder.
package struct ProjectCommands: Commands {
    /// How much of what a program wrote is kept.
    package static let lines = 20
    private static let lineLength = 500

    private let folder: String
    private let inherited: [String: String]
    private let secrets: @Sendable (Digest) throws -> [Secret]

    /// - Parameters:
    ///   - inherited: variables that every program gets, such as `PATH`.
    ///   - secrets: a bundle's sealed values, to be masked in what a program writes.
    package init(
        folder: String, inherited: [String: String], secrets: @Sendable @escaping (Digest) throws -> [Secret]
    ) {
        self.folder = folder
        self.inherited = inherited
        self.secrets = secrets
    }

    package func run(_ request: CommandRequest) async -> CommandReport {
        guard let program = request.command.first else {
            return CommandReport(code: nil, failure: "it names no program")
        }
        let run = ProgramRun(
            program: program, arguments: Array(request.command.dropFirst()), folder: folder,
            variables: inherited.merging(request.variables) { _, own in own }, limit: request.limit)
        switch await run.outcome() {
        case .ended(let code, let output, let errors):
            return CommandReport(code: code, output: shown(output + errors, request.bundle))
        case .tookTooLong:
            return CommandReport(code: nil, failure: "it was ended after \(Words.seconds(request.limit)), its time")
        case .wroteTooMuch:
            return CommandReport(code: nil, failure: "it wrote more than \(ProgramRun.outputLimit) bytes")
        case .notFound:
            let advice = program.contains("/") ? "mend its path" : "install it, or write its whole path"
            return CommandReport(code: nil, failure: "the engine finds no program \(program): \(advice)")
        case .notRunnable:
            return CommandReport(
                code: nil,
                failure: "\(program) is there, and cannot be run: see that it is a program, and chmod +x it")
        }
    }

    /// The last lines, masked. Without the secrets that may be in them, none.
    private func shown(_ bytes: [UInt8], _ bundle: Digest) -> [String] {
        let redactor: Redactor
        do { redactor = Redactor(try secrets(bundle)) } catch {
            return bytes.isEmpty
                ? [] : ["(what it wrote is not kept: the secrets to mask in it cannot be read: \(error))"]
        }
        let text = redactor.mask(String(decoding: bytes, as: UTF8.self))
        return text.split(separator: "\n").suffix(Self.lines).map { line in
            String(
                line.unicodeScalars.filter { $0 == "\t" || $0.value >= 32 }.prefix(Self.lineLength).map(Character.init))
        }
    }
}
