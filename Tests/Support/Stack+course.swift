import Foundation

/// How a stack's environment is made to fit a test or a measurement, before anything is started.
extension Stack {
    package struct NoCourse: Error {}

    /// Where light artifacts are: descriptions that name the program, without a copy of it.
    package var lightArtifacts: String { folder.file("artifacts") }

    /// Makes releases light: their artifacts are small files, whose digests take no time.
    package func lighten() throws {
        for service in ["api", "worker"] {
            let description = try String(contentsOfFile: "\(state)/build/\(service)/artifact.json", encoding: .utf8)
            try folder.write(
                "artifacts/\(service)/artifact.json",
                description.replacing("\"./pipeline\"", with: "\"\(pipelinePath)\""))
        }
        try FileManager.default.removeItem(atPath: "\(state)/build")
    }

    /// Replaces the steps of dev's strategy `canary`, one a line as YAML has them.
    package func setCourse(_ steps: [String]) throws {
        try rewrite("environments/dev.yaml") { text in
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard let start = lines.firstIndex(where: { $0.hasPrefix("  canary:") }),
                let end = lines.firstIndex(where: { $0.hasPrefix("variables:") })
            else { throw NoCourse() }
            let course = ["  canary:"] + steps.map { "    - \($0)" } + [""]
            return (lines[..<start] + course + lines[end...]).joined(separator: "\n")
        }
    }

    package func lightRelease(_ version: String, set: [String] = []) async throws -> CommandResult {
        try await tidegate(["release", "create", version, "--from", lightArtifacts] + set.flatMap { ["--set", $0] })
    }
}
