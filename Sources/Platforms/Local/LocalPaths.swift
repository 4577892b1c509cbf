import FoundationEssentials
import Glibc
import Rollouts

/// Where the local platform keeps what it needs, below the state directory.
struct LocalPaths: Sendable {
    let state: String

    func artifact(_ artifact: Artifact) -> String { "\(state)/artifacts/\(artifact.digest.text.dropFirst(7))" }

    func logs(environment: String) -> String { "\(state)/logs/\(environment)" }

    func log(environment: String, instance: String) -> String { "\(logs(environment: environment))/\(instance).log" }

    /// The process of an artifact; its command is relative to its folder when it has a slash.
    func launch(
        _ artifact: Artifact, arguments: [String]? = nil, environment: [String: String], log: String
    ) -> Launch {
        let folder = self.artifact(artifact)
        let command = artifact.command.first ?? ""
        let executable = command.contains("/") && !command.hasPrefix("/") ? "\(folder)/\(command)" : command
        return Launch(
            executable: executable, arguments: arguments ?? Array(artifact.command.dropFirst()),
            environment: environment, folder: folder, log: log)
    }

    func makeLogs(environment: String, service: String) throws(PlatformError) {
        do {
            try FileManager.default.createDirectory(
                atPath: logs(environment: environment), withIntermediateDirectories: true)
        } catch {
            throw .cannotStart(
                service: service,
                reason:
                    "The log folder \(logs(environment: environment)) cannot be made: \(error). Mend its permissions.")
        }
    }
}
