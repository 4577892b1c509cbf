import Contract

/// A check of an environment by rules that lie outside this module, such as those over smoke suites.
package typealias EnvironmentCheck = @Sendable (CheckedEnvironment) -> [Finding]

/// What such a check looks at.
package struct CheckedEnvironment: Sendable {
    package let environment: Environment
    /// Those of its services that could be read, by service.
    package let contracts: [String: ArtifactContract]
    /// The project's files by path.
    package let files: [String: [UInt8]]
    private let root: YAMLNode

    init(_ draft: EnvironmentDraft, files: [String: [UInt8]]) {
        environment = draft.environment
        contracts = draft.contracts
        root = draft.root
        self.files = files
    }

    /// The place of the value at `keys`, or of the nearest thing above it that is there.
    package func place(_ keys: String...) -> Place { root.place(of: keys) }
}

extension YAMLNode {
    /// The place of the value at `keys`, or of the nearest thing above it that is there.
    func place(of keys: [String]) -> Place {
        var node = self
        for key in keys {
            guard let next = node[key] else { break }
            node = next
        }
        return node.place
    }
}
