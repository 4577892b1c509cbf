import Definitions

/// The environments of a project's files.
package struct ProjectEnvironments: EnvironmentSource {
    private let project: Project

    package init(_ project: Project) {
        self.project = project
    }

    /// In the order in which releases are promoted; those that promote from nowhere first.
    package func names() throws -> [String] {
        let validation = try ProjectValidation(project.readSources())
        let names = validation.environmentNames
        let usable = try validation.validate().usable
        func depth(_ name: String, _ seen: Set<String> = []) -> Int {
            guard let source = usable[name]?.promotesFrom, !seen.contains(name) else { return 0 }
            return depth(source, seen.union([name])) + 1
        }
        return names.map { ($0, depth($0)) }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
    }

    package func environment(_ name: String) throws -> Environment {
        let result: ValidationResult
        do {
            result = try ProjectValidation(project.readSources()).validate([name])
        } catch let error as UnknownEnvironment {
            throw Refusal("unknown_environment", error.description, exit: .usage)
        }
        guard let environment = result.usable[name] else {
            throw Refusal(
                "invalid_definition", "The definition of \(name) is not valid; correct what is listed.",
                exit: .invalidDefinition, findings: result.findings)
        }
        return environment
    }
}
