import FoundationEssentials

/// The folder that a command works on: the nearest one that holds `environments/`, and its state directory.
package struct Project: Sendable, Equatable {
    package let path: String

    package var stateDirectory: String { "\(path)/.tidegate" }
    package var socket: String { "\(stateDirectory)/control.sock" }

    /// - Parameter given: what `--project` says; it must hold `environments/` itself.
    /// - Throws: `Refusal` (exit 1) when there is no such folder.
    package static func find(given: String?, from start: String) throws -> Project {
        if let given {
            let path = absolute(given, from: start)
            guard holdsEnvironments(path) else {
                throw Refusal(
                    "no_project", "\(path) has no folder environments/; name the project's folder with --project.",
                    exit: .usage)
            }
            return Project(path: path)
        }
        var path = absolute(start, from: "/")
        while !holdsEnvironments(path) {
            let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
            if path == "/" || path.isEmpty {
                throw Refusal(
                    "no_project",
                    "No folder from \(start) upwards has environments/; go to the project, or name it with --project.",
                    exit: .usage)
            }
            path = parent.isEmpty ? "/" : parent
        }
        return Project(path: path)
    }

    private static func holdsEnvironments(_ path: String) -> Bool {
        var isFolder = false
        return FileManager.default.fileExists(atPath: "\(path)/environments", isDirectory: &isFolder) && isFolder
    }

    /// The path without `.`, `..` and doubled slashes.
    package static func absolute(_ path: String, from start: String) -> String {
        var parts: [Substring] = []
        for part in (path.hasPrefix("/") ? path : "\(start)/\(path)").split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }
}
