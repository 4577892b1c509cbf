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
    let files: EnvironmentFiles
    private let checks: [EnvironmentCheck]

    /// - Parameter checks: rules that lie outside this module; their findings are treated as those of the others.
    package init(_ sources: ProjectSources, checks: [EnvironmentCheck] = []) throws(ReferenceError) {
        self.sources = sources
        self.checks = checks
        reference = try Reference.builtIn()
        files = EnvironmentFiles(sources, reference: reference)
    }

    /// The environments of the project: files in `environments/` that no other one extends.
    package var environmentNames: [String] { files.names }

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
        var run = Run(paths: Set(sources.files.keys), promotions: files.promotions, now: now)
        var exceptions: [RuleExceptions] = []
        for name in chosen {
            result.files[name] = files.chain(name)
            let outcome = load(name, contracts, &run)
            var own = RuleExceptions(outcome.environment?.exceptions ?? [], environment: name, now: now)
            let (left, ignored) = own.apply(outcome.findings)
            result.findings += left + own.findings
            result.ignored += ignored
            exceptions.append(own)
            let isUsable = !(left + own.findings).contains { $0.severity == .error }
            if let environment = outcome.environment, isUsable { result.usable[name] = environment }
        }
        result.findings += unused(exceptions, all: chosen == known)
        finish(&result)
        return result
    }

    private func finish(_ result: inout ValidationResult) {
        result.findings = withoutSecrets(result.findings.sorted(by: Self.inOrder))
        result.ignored = withoutSecrets(result.ignored.sorted(by: Self.inOrder))
        let broken = Set(result.findings.filter { $0.severity == .error }.map(\.place.file))
        // A shared file's error spoils all that extend it, though it is reported once.
        let files = result.files
        result.usable = result.usable.filter { name, _ in broken.isDisjoint(with: files[name] ?? []) }
    }

    /// What may be a secret does not leave in a sentence, whichever rule wrote it.
    private func withoutSecrets(_ findings: [Finding]) -> [Finding] {
        guard !findings.isEmpty else { return [] }
        var disclosure = Disclosure(names: KnownNames(sources, reference), lines: [])
        for root in files.documents.values.compactMap(\.root) { disclosure.read(root, reference) }
        let clean = Redaction(disclosure.sensitive)
        return findings.map { clean($0) }
    }

    /// What is worked out once, however many environments ask.
    private struct Run {
        let paths: Set<String>
        /// Where each environment takes releases from.
        let promotions: [String: String]
        /// Seconds since 1970.
        let now: Int
        /// What is wrong with each file by itself, for files that were looked at.
        var ofFile: [String: [Finding]] = [:]
        var contracts: [String: Result<ArtifactContract, ContractError>] = [:]
        let patterns = Patterns()
        /// Environments as far as they can be read, with what is wrong with them.
        var decoded: [String: (environment: Environment?, findings: [Finding])] = [:]
        /// Where something was said to mean different things to different readers.
        var ambiguous: Set<Place> = []
    }

    private func load(
        _ name: String, _ contracts: [String: ArtifactContract]?, _ run: inout Run
    ) -> (environment: Environment?, findings: [Finding]) {
        let path = ProjectSources.environmentPath(name)
        let chain = files.chain(name)
        let collector = FindingCollector(environment: name)
        for file in chain where run.ofFile[file] == nil {
            let found = files.findings(file, environment: file == path ? name : nil)
            run.ofFile[file] = found
            collector.add(found)
        }
        files.checkExtends(chain, collector)
        let roots = files.roots(chain)
        guard let root = files.merged(roots) else { return (nil, collector.findings) }
        let (decoded, found) = decode(name, root, &run)
        // What the reference has reported at a place already is not said twice.
        let reported = Set(chain.flatMap { run.ofFile[$0] ?? [] }.filter { $0.severity == .error }.map(\.place))
        collector.add(found.filter { !reported.contains($0.place) })
        guard let environment = decoded else { return (nil, collector.findings) }
        let draft = EnvironmentDraft(
            environment: environment, root: root,
            contracts: readContracts(environment, contracts, collector, &run), environmentNames: environmentNames,
            promotions: run.promotions, others: others(than: name, &run), files: run.paths, now: run.now,
            patterns: run.patterns)
        Rules.check(draft, collector)
        checkAmbiguity(roots, draft.contracts, path, collector, &run)
        let checked = CheckedEnvironment(draft, files: sources.files)
        for check in checks { collector.add(check(checked)) }
        return (environment, collector.findings)
    }

    /// Reads an environment once, however many look at it.
    private func decode(
        _ name: String, _ root: YAMLNode, _ run: inout Run
    ) -> (environment: Environment?, findings: [Finding]) {
        if let known = run.decoded[name] { return known }
        let scratch = FindingCollector(environment: name)
        let decoder = EnvironmentDecoder(name: name, project: sources.project)
        let environment = decoder.environment(YAMLReader(root, collector: scratch))
        run.decoded[name] = (environment, scratch.findings)
        return (environment, scratch.findings)
    }

    private func others(than name: String, _ run: inout Run) -> [OtherSources] {
        var others: [OtherSources] = []
        for other in environmentNames where other != name {
            if run.decoded[other] == nil, let root = files.merged(files.roots(files.chain(other))) {
                _ = decode(other, root, &run)
            }
            guard let environment = run.decoded[other]?.environment else { continue }
            others.append(
                OtherSources(
                    name: other, kind: environment.kind, sources: environment.allSecrets.map(\.value.source)))
        }
        return others
    }

    /// Values that others read differently are mentioned where nothing worse is said of them.
    private func checkAmbiguity(
        _ roots: [YAMLNode], _ contracts: [String: ArtifactContract], _ path: String, _ collector: FindingCollector,
        _ run: inout Run
    ) {
        var rules = AmbiguityRules(
            files: roots, contracts: contracts, environment: (collector.environment ?? "", path), said: run.ambiguous)
        rules.check()
        run.ambiguous = rules.said
        guard !rules.findings.isEmpty else { return }
        let refused = Set(collector.findings.filter { $0.severity == .error }.map(\.place))
        collector.add(rules.findings.filter { !refused.contains($0.place) })
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

    private func readContracts(
        _ environment: Environment, _ given: [String: ArtifactContract]?, _ collector: FindingCollector,
        _ run: inout Run
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
            let decoded =
                run.contracts[path] ?? Result { () throws(ContractError) in try ArtifactContract.decode(bytes) }
            run.contracts[path] = decoded
            switch decoded {
            case .success(let contract): result[service.name] = contract
            case .failure(let error):
                collector.report(
                    "contract.invalid", at: Place(file: path, line: error.line, column: error.column),
                    name: service.name, error.message, fix: error.hint ?? "Write the contract anew from the artifact.")
            }
        }
        return result
    }

    private var noEnvironments: Finding {
        Finding(
            rule: "environment.none", environment: nil, place: Place(file: "environments", line: 1, column: 1),
            message: "the project defines no environment.", fix: "Write `environments/dev.yaml`.")
    }

    private static func inOrder(_ first: Finding, _ second: Finding) -> Bool {
        let (a, b) = (first.place, second.place)
        return (a.file, a.line, a.column, first.rule, first.environment ?? "")
            < (b.file, b.line, b.column, second.rule, second.environment ?? "")
    }
}
