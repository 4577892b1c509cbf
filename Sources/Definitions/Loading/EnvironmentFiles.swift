/// The environment files of a project, parsed, and how they extend each other.
struct EnvironmentFiles {
    /// By path.
    let documents: [String: YAMLDocument]
    /// The environments of the project: files in `environments/` that no other one extends, in alphabetical order.
    let names: [String]
    private let reference: Reference

    init(_ sources: ProjectSources, reference: Reference) {
        var documents: [String: YAMLDocument] = [:]
        for (path, bytes) in sources.files where ProjectSources.isEnvironment(path) {
            documents[path] = YAMLDocument.parse(bytes, file: path)
        }
        self.documents = documents
        self.reference = reference
        names = Self.names(documents)
    }

    private static func names(_ documents: [String: YAMLDocument]) -> [String] {
        let extended = Set(
            documents.values.compactMap { $0.root?["extends"]?.scalar?.text }.map { "environments/\($0)" })
        return documents.keys.filter { !extended.contains($0) }
            .map { String($0.dropFirst("environments/".count).dropLast(".yaml".count)) }.sorted()
    }

    /// The file of an environment and those it extends, nearest first; a file is listed once even if they go in a circle.
    func chain(_ name: String) -> [String] {
        var files: [String] = []
        var seen: Set<String> = []
        var next: String? = ProjectSources.environmentPath(name)
        while let path = next, documents[path] != nil, seen.insert(path).inserted {
            files.append(path)
            next = documents[path]?.root?["extends"]?.scalar.map { "environments/\($0.text)" }
        }
        return files
    }

    /// The trees of an environment's files that hold anything, nearest first.
    func roots(_ chain: [String]) -> [YAMLNode] {
        chain.compactMap { documents[$0]?.root }.filter { $0.entries != nil }
    }

    func merged(_ roots: [YAMLNode]) -> YAMLNode? {
        guard let base = roots.last else { return nil }
        // From the farthest on, so that what a nearer file removes does not come back from a farther one.
        return roots.dropLast().reversed().reduce(base) { $1.merged(over: $0) }
    }

    /// Where each environment says that it takes releases from.
    var promotions: [String: String] {
        var promotions: [String: String] = [:]
        for name in names {
            promotions[name] = chain(name).lazy.compactMap { documents[$0]?.root?["promotes-from"] }.first?.scalar?.text
        }
        return promotions
    }

    /// What is wrong with a file by itself.
    func findings(_ path: String, environment: String?) -> [Finding] {
        guard let document = documents[path] else { return [] }
        let collector = FindingCollector(environment: environment)
        collector.add(
            document.findings.map { finding in
                var finding = finding
                finding.environment = environment
                return finding
            })
        guard let root = document.root else { return collector.findings }
        // A key that is no proper one by YAML's rules is not reported as unknown as well.
        let refused = Set(
            document.findings.filter { $0.rule != "yaml.duplicate-key" && $0.severity == .error }.map(\.place))
        let scratch = FindingCollector(environment: environment)
        reference.check(root, scratch)
        collector.add(refused.isEmpty ? scratch.findings : scratch.findings.filter { !refused.contains($0.place) })
        return collector.findings
    }

    /// Checks that the files extend files that exist, and not each other.
    func checkExtends(_ chain: [String], _ collector: FindingCollector) {
        for (index, file) in chain.enumerated() {
            guard let node = documents[file]?.root?["extends"], let text = node.scalar?.text else { continue }
            let target = "environments/\(text)"
            if documents[target] == nil {
                let known = documents.keys.map { String($0.dropFirst("environments/".count)) }
                collector.report(
                    "extends.unknown", at: node.place, name: text, "`\(file)` extends `\(text)`, which does not exist.",
                    fix: Suggestion.nearest(to: text, among: known).map { "Write `\($0)`." }
                        ?? "Write the name of a file in `environments/`.")
            } else if index + 1 == chain.count, chain.contains(target) {
                collector.report(
                    "extends.cycle", at: node.place, name: text, "`\(file)` extends a file that extends it.",
                    fix: "Remove one `extends`.")
            }
        }
    }
}
