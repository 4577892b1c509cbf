/// The files of a project that definitions are read from, handed in: nothing here touches a disk.
package struct ProjectSources: Sendable {
    /// The project's folder, an absolute path: what `${project}` stands for.
    package var project: String
    /// The contents by path relative to the project: `environments/`, `contracts/`, `smoke/` and `alerts/`. Pages under `runbooks/`
    /// are there without their contents.
    package var files: [String: [UInt8]]

    package init(project: String, files: [String: [UInt8]]) {
        self.project = project
        self.files = files
    }

    /// The folders that definitions are read from.
    package static let folders = ["environments", "contracts", "smoke", "alerts"]
    /// The folder whose pages alerts name.
    package static let runbooks = "runbooks"
    static let reference = "environments/reference.yaml"

    package static func contractPath(_ service: String) -> String { "contracts/\(service).json" }
    package static func environmentPath(_ name: String) -> String { "environments/\(name).yaml" }

    /// Whether the path is that of an environment's file, or of one that such files extend.
    static func isEnvironment(_ path: String) -> Bool {
        path.hasPrefix("environments/") && path.hasSuffix(".yaml") && path != reference
            && !path.dropFirst("environments/".count).contains("/")
    }
}
