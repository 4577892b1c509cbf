import Contract

/// What validation of a project found, and the environments that may be used.
package struct ValidationResult: Sendable {
    /// The environments that were asked for, in alphabetical order.
    package var environments: [String]
    /// Everything that is wrong, by file, line and column. What `rules:` lower is among them, with its exception.
    package var findings: [Finding]
    /// What `rules:` ignore, each with its exception.
    package var ignored: [Finding] = []
    /// The files that each environment is made of, its own first.
    package var files: [String: [String]] = [:]
    /// The environments without an error, by name: the only ones that a rollout may use.
    package var usable: [String: Environment]

    package var isValid: Bool { !findings.contains { $0.severity == .error } }
}

/// An environment that was asked for and does not exist.
package struct UnknownEnvironment: Error, CustomStringConvertible {
    package var name: String
    package var known: [String]

    package var description: String {
        let nearest = Suggestion.nearest(to: name, among: known)
        let hint =
            nearest.map { "Did you mean `\($0)`?" }
            ?? (known.isEmpty
                ? "`environments/` has none." : "Known are \(known.map { "`\($0)`" }.joined(separator: ", ")).")
        return "There is no environment `\(name)`. \(hint)"
    }
}

/// Reads environments out of a project's files and checks them against the reference and the rules.
package struct ProjectValidation {
    private let sources: ProjectSources
    private let reference: Reference
    private let documents: [String: YAMLDocument]
    private let checks: [EnvironmentCheck]

    /// - Parameter checks: rules that lie outside this module; their findings are treated as those of the others.
    package init(_ sources: ProjectSources, checks: [EnvironmentCheck] = []) throws(ReferenceError) {
        self.sources = sources
        self.checks = checks
        reference = try Reference.builtIn()
        var documents: [String: YAMLDocument] = [:]
        for (path, bytes) in sources.files where Self.isEnvironmentFile(path) {
            documents[path] = YAMLDocument.parse(bytes, file: path)
        }
        self.documents = documents
    }

    /// The environments of the project: files in `environments/` that no other one extends.
    package var environmentNames: [String] {
        let extended = Set(
            documents.values.compactMap { $0.root?["extends"]?.scalar?.text }.map { "environments/\($0)" })
        return documents.keys.filter { !extended.contains($0) }
            .map { String($0.dropFirst("environments/".count).dropLast(".yaml".count)) }.sorted()
    }

    /// Validates the named environments, or all. Nothing that is wrong hides anything else.
    ///
    /// - Parameter contracts: the contracts to check against, by service, as a release brings them; nil takes the
    ///   project's `contracts/` files.
    /// - Parameter now: seconds since 1970: what has expired by then is wrong.
    package func validate(
        _ names: [String] = [], contracts: [String: ArtifactContract]? = nil, now: Int
    ) throws(UnknownEnvironment) -> ValidationResult {
        let known = environmentNames
        for name in names where !known.contains(name) { throw UnknownEnvironment(name: name, known: known) }
        let chosen = names.isEmpty ? known : Set(names).sorted()
        var result = ValidationResult(environments: chosen, findings: [], usable: [:])
        if known.isEmpty {
            result.findings = [noEnvironments]
        }
        var filesChecked: Set<String> = []
        var exceptions: [RuleExceptions] = []
        for name in chosen {
            result.files[name] = chain(name)
            let outcome = load(name, contracts, now, &filesChecked)
            var own = RuleExceptions(outcome.environment?.exceptions ?? [], environment: name, now: now)
            let (left, ignored) = own.apply(outcome.findings)
            result.findings += left + own.findings
            result.ignored += ignored
            exceptions.append(own)
            let isUsable = !(left + own.findings).contains { $0.severity == .error }
            if let environment = outcome.environment, isUsable { result.usable[name] = environment }
        }
        result.findings += unused(exceptions, all: chosen == known)
        result.findings.sort(by: Self.inOrder)
        result.ignored.sort(by: Self.inOrder)
        let broken = Set(result.findings.filter { $0.severity == .error }.map(\.place.file))
        // A shared file's error spoils all that extend it, though it is reported once.
        result.usable = result.usable.filter { name, _ in chain(name).allSatisfy { !broken.contains($0) } }
        return result
    }

    private func load(
        _ name: String, _ contracts: [String: ArtifactContract]?, _ now: Int, _ filesChecked: inout Set<String>
    ) -> (environment: Environment?, findings: [Finding]) {
        let path = ProjectSources.environmentPath(name)
        let collector = FindingCollector(environment: name)
        for file in chain(name) where filesChecked.insert(file).inserted {
            collector.add(fileFindings(file, environment: file == path ? name : nil))
        }
        checkExtends(path, collector)
        guard let root = merged(name) else { return (nil, collector.findings) }
        let scratch = FindingCollector(environment: name)
        let decoder = EnvironmentDecoder(name: name, project: sources.project)
        let environment = decoder.environment(YAMLReader(root, collector: scratch))
        // What the reference has reported at a place already is not said twice.
        let reported = Set(chain(name).flatMap { fileFindings($0, environment: nil) }.map(\.place))
        collector.add(scratch.findings.filter { !reported.contains($0.place) })
        guard let environment else { return (nil, collector.findings) }
        let read = readContracts(environment, contracts, collector)
        let draft = EnvironmentDraft(
            environment: environment, root: root, contracts: read, environmentNames: environmentNames,
            promotions: promotions, files: Set(sources.files.keys), now: now)
        Rules.check(draft, collector)
        let checked = CheckedEnvironment(draft, files: sources.files)
        for check in checks { collector.add(check(checked)) }
        return (environment, collector.findings)
    }

    /// Exceptions that nothing needs. One in a shared file may be there for another environment, so it is judged only when
    /// all of them are looked at.
    private func unused(_ exceptions: [RuleExceptions], all: Bool) -> [Finding] {
        let used = exceptions.reduce(into: Set<Place>()) { $0.formUnion($1.used) }
        var said: Set<Place> = []
        return exceptions.flatMap { own in
            own.unused.filter { exception in
                let isOwn = exception.place.file == ProjectSources.environmentPath(own.environment)
                return !used.contains(exception.place) && (isOwn || all) && said.insert(exception.place).inserted
            }.map(own.unusedFinding)
        }
    }

    /// Where each environment says that it takes releases from.
    private var promotions: [String: String] {
        var promotions: [String: String] = [:]
        for name in environmentNames {
            promotions[name] = chain(name).lazy.compactMap { documents[$0]?.root?["promotes-from"] }.first?.scalar?.text
        }
        return promotions
    }

    /// The file of an environment and those it extends, nearest first; a file is listed once even if they go in a circle.
    func chain(_ name: String) -> [String] {
        var files: [String] = []
        var next: String? = ProjectSources.environmentPath(name)
        while let path = next, documents[path] != nil, !files.contains(path) {
            files.append(path)
            next = documents[path]?.root?["extends"]?.scalar.map { "environments/\($0.text)" }
        }
        return files
    }

    func merged(_ name: String) -> YAMLNode? {
        let roots = chain(name).compactMap { documents[$0]?.root }.filter { $0.entries != nil }
        guard let base = roots.last else { return nil }
        // From the farthest on, so that what a nearer file removes does not come back from a farther one.
        return roots.dropLast().reversed().reduce(base) { $1.merged(over: $0) }
    }

    private func fileFindings(_ path: String, environment: String?) -> [Finding] {
        guard let document = documents[path] else { return [] }
        let collector = FindingCollector(environment: environment)
        collector.add(
            document.findings.map { finding in
                var finding = finding
                finding.environment = environment
                return finding
            })
        if let root = document.root { reference.check(root, collector) }
        return collector.findings
    }

    private func checkExtends(_ path: String, _ collector: FindingCollector) {
        for file in chain(collector.environment ?? "") {
            guard let node = documents[file]?.root?["extends"], let text = node.scalar?.text else { continue }
            let target = "environments/\(text)"
            if documents[target] == nil {
                let known = documents.keys.map { String($0.dropFirst("environments/".count)) }
                collector.report(
                    "extends.unknown", at: node.place, name: text, "`\(file)` extends `\(text)`, which does not exist.",
                    fix: Suggestion.nearest(to: text, among: known).map { "Write `\($0)`." }
                        ?? "Write the name of a file in `environments/`.")
            } else if let position = chain(collector.environment ?? "").firstIndex(of: target),
                position <= chain(collector.environment ?? "").firstIndex(of: file) ?? 0
            {
                collector.report(
                    "extends.cycle", at: node.place, name: text, "`\(file)` extends a file that extends it.",
                    fix: "Remove one `extends`.")
            }
        }
    }

    private func readContracts(
        _ environment: Environment, _ given: [String: ArtifactContract]?, _ collector: FindingCollector
    ) -> [String: ArtifactContract] {
        if let given { return given }
        var result: [String: ArtifactContract] = [:]
        for service in environment.services {
            let path = ProjectSources.contractPath(service.name)
            guard let bytes = sources.files[path] else {
                collector.report(
                    "contract.missing", at: service.place, name: service.name,
                    "`\(service.name)` has no contract: `\(path)` does not exist.",
                    fix: "Write what its artifact says it needs to `\(path)`.")
                continue
            }
            do {
                result[service.name] = try ArtifactContract.decode(bytes)
            } catch {
                collector.report(
                    "contract.invalid", at: Place(file: path, line: 1, column: 1), name: service.name,
                    error.description, fix: "Write the contract anew from the artifact.")
            }
        }
        return result
    }

    private var noEnvironments: Finding {
        Finding(
            rule: "environment.none", environment: nil, place: Place(file: "environments", line: 1, column: 1),
            message: "the project defines no environment.", fix: "Write `environments/dev.yaml`.")
    }

    private static func isEnvironmentFile(_ path: String) -> Bool {
        path.hasPrefix("environments/") && path.hasSuffix(".yaml") && path != ProjectSources.reference
            && !path.dropFirst("environments/".count).contains("/")
    }

    private static func inOrder(_ first: Finding, _ second: Finding) -> Bool {
        let (a, b) = (first.place, second.place)
        return (a.file, a.line, a.column, first.rule, first.environment ?? "")
            < (b.file, b.line, b.column, second.rule, second.environment ?? "")
    }
}
