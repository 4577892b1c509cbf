/// A part of a project that breaks a rule, or keeps it. The tests lay it over a small valid project and validate that, so
/// that what the documentation shows is what happens.
package struct RuleExample: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// Lines of an environment's file. They are laid over the valid project as `extends` does: mappings merge key by
        /// key, `~` removes. `environment:` and `extends:` are added where they are not written.
        case overlay(String)
        /// A JSON merge patch (RFC 7396) of a service's contract, in which elements of `variables` merge by their names.
        case contract(String)
        /// A whole file.
        case file(String)
        /// A whole file that is no text, and what a reader is shown of it.
        case bytes([UInt8], shown: String)
        /// No file whose path begins so.
        case absent
        /// What cannot be written into a file: the state of what a definition points at.
        case words(String)
    }

    package struct Part: Sendable, Equatable {
        /// Relative to the project; empty for words.
        package var path: String
        package var content: Content
    }

    package var parts: [Part]

    /// Lines of the file of the environment of this kind.
    static func environment(_ text: String, _ kind: EnvironmentKind = .development) -> RuleExample {
        RuleExample(parts: [Part(path: ProjectSources.environmentPath(name(kind)), content: .overlay(text))])
    }

    /// A change of a service's contract.
    static func contract(_ service: String, _ json: String) -> RuleExample {
        RuleExample(parts: [Part(path: ProjectSources.contractPath(service), content: .contract(json))])
    }

    static func file(_ path: String, _ text: String) -> RuleExample {
        RuleExample(parts: [Part(path: path, content: .file(text))])
    }

    static func bytes(_ path: String, _ bytes: [UInt8], shown: String) -> RuleExample {
        RuleExample(parts: [Part(path: path, content: .bytes(bytes, shown: shown))])
    }

    static func absent(_ path: String) -> RuleExample { RuleExample(parts: [Part(path: path, content: .absent)]) }

    static func words(_ text: String) -> RuleExample { RuleExample(parts: [Part(path: "", content: .words(text))]) }

    /// Both in one project.
    func and(_ other: RuleExample) -> RuleExample { RuleExample(parts: parts + other.parts) }

    private static func name(_ kind: EnvironmentKind) -> String {
        switch kind {
        case .development: "dev"
        case .staging: "staging"
        case .production: "production"
        }
    }
}
