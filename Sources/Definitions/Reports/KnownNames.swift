import Contract

/// The names of a project that may be shown wherever they stand, and those of its secrets.
struct KnownNames {
    /// Variables that some contract calls secret.
    private(set) var secrets: Set<String> = []
    /// Variables that contracts declare, and none calls secret.
    private(set) var plain: Set<String> = []
    /// Keys, choices, services, files: what a file is made of besides values.
    private(set) var words: Set<String> = ["true", "false", "null", "~", "USD", "baseline"]

    init(_ sources: ProjectSources, _ reference: Reference) {
        for path in sources.files.keys.sorted() {
            words.insert(path)
            if let dot = path.lastIndex(of: "."), let slash = path.lastIndex(of: "/"), slash < dot {
                words.insert(String(path[path.index(after: slash)..<dot]))
                words.insert(String(path[path.index(after: slash)...]))
            }
            guard path.hasPrefix("contracts/"), let contract = Self.readable(sources.files[path]) else { continue }
            words.insert(contract.service)
            for variable in contract.variables {
                words.formUnion([variable.name] + variable.formerNames)
                if variable.secret {
                    secrets.formUnion([variable.name] + variable.formerNames)
                } else {
                    plain.insert(variable.name)
                }
            }
        }
        plain.subtract(secrets)
        words.formUnion(Self.words(of: .mapping(reference.keys, free: nil)))
    }

    /// Whether a value of this name may be shown if it does not look like a secret.
    func isPlain(_ name: String) -> Bool { plain.contains(name) && !SecretShape.isName(name) }

    func isSecret(_ name: String) -> Bool { secrets.contains(name) || SecretShape.isName(name) }

    /// A word of the files' own, or a quantity.
    func isKnown(_ word: String) -> Bool {
        words.contains(word) || Quantity.duration(word) != nil || Quantity.percentage(word) != nil
            || word.utf8.count <= 5 && Quantity.integer(word) != nil
    }

    /// A contract that cannot be read has a finding of its own; here its names are merely not known.
    static func readable(_ bytes: [UInt8]?) -> ArtifactContract? {
        guard let bytes else { return nil }
        do { return try ArtifactContract.decode(bytes) } catch { return nil }
    }

    private static func words(of shape: Shape) -> [String] {
        switch shape {
        case .scalar(.choice(let names), _): names
        case .scalar: []
        case .list(let shapes): shapes.flatMap(words)
        case .mapping(let keys, let free):
            keys.map(\.name) + (keys + (free.map { [$0] } ?? [])).flatMap { words(of: $0.shape) }
        }
    }
}
