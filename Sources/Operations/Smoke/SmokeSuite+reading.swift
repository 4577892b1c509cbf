import Definitions
import Rollouts

extension SmokeSuite {
    /// Reads a suite. Unknown keys, wrong types and names that no earlier step saves are findings.
    ///
    /// - Parameter path: as findings name the file; without a `name:` in it, its last part names the suite.
    /// - Returns: no suite when there is any error among the findings.
    package static func read(_ text: String, path: String) -> (suite: SmokeSuite?, findings: [Finding]) {
        let document = YAMLDocument.parse(Array(text.utf8), file: path)
        let collector = FindingCollector(findings: document.findings)
        guard let root = document.root else { return (nil, collector.findings) }
        let suite = YAMLReader(root, collector: collector).mapping { read($0, path: path) } ?? nil
        if let suite { suite.checkReferences(collector) }
        return (collector.findings.contains { $0.severity == .error } ? nil : suite, collector.findings)
    }

    private static func read(_ map: YAMLMappingReader, path: String) -> SmokeSuite? {
        let version = map.required("smoke") { $0.integer(in: 1...1) }
        let name = map.optional("name") { $0.string() } ?? fileName(path)
        let needs = map.optional("needs", names) ?? []
        let each = map.optional("each", names) ?? []
        let stages = map.optional("stage", stages) ?? [.beforeTraffic, .final]
        let within = map.optional("within") { $0.duration() } ?? .seconds(300)
        let service = map.optional("service") { $0.string() } ?? (each.isEmpty ? needs.first : nil)
        let defaults = map.optional("defaults") { $0.mapping(SmokeDefaults.init) } ?? SmokeDefaults()
        let steps = map.required("steps") { $0.list { SmokeStep.read($0, defaults) } }
        if needs.isEmpty && each.isEmpty {
            let _: String? = map.required("needs") { $0.string() }
        }
        guard version != nil, let steps else { return nil }
        return SmokeSuite(
            name: name, needs: needs, each: each, stages: stages, within: within, service: service, steps: steps)
    }

    private static func fileName(_ path: String) -> String {
        let last = path.split(separator: "/").last ?? ""
        return String(last.split(separator: ".").first ?? last)
    }

    private static func names(_ reader: YAMLReader) -> [String]? {
        reader.node.scalar == nil ? reader.list { $0.string() } : reader.string().map { [$0] }
    }

    private static func stages(_ reader: YAMLReader) -> Set<SmokeRequest.Stage>? {
        func stage(_ reader: YAMLReader) -> SmokeRequest.Stage? {
            switch reader.string() {
            case nil: nil
            case "before-traffic": .beforeTraffic
            case "final": .final
            default: reader.wrong("`before-traffic` or `final`", example: "final")
            }
        }
        return reader.node.scalar == nil ? reader.list(stage).map(Set.init) : stage(reader).map { [$0] }
    }

    /// Names that are used must be built in, handed in (upper case) or saved before.
    private func checkReferences(_ collector: FindingCollector) {
        var known = Set(SmokeValues.builtIn)
        var made: Set<String> = []
        for step in steps {
            for name in step.references where !isKnown(name, known) {
                let nearest = Suggestion.nearest(to: name, among: known.sorted())
                collector.report(
                    "smoke.unknown-name", at: step.place, name: name,
                    "the step \"\(step.name)\" uses ${\(name)}, which no earlier step saves.",
                    fix: nearest.map { "Write ${\($0)}." } ?? "Save it in an earlier step.")
            }
            if case .request(let http) = step.action, case .file(let name) = http.body, !made.contains(name) {
                collector.report(
                    "smoke.unknown-name", at: step.place, name: name,
                    "the step \"\(step.name)\" sends the file \(name), which no earlier step makes.",
                    fix: "Write before it: `- make: { pdf: \"…\", as: \(name) }`.")
            }
            if case .makePDF(_, let name) = step.action {
                made.insert(name)
                known.formUnion(["path", "bytes", "sha256"].map { "\(name).\($0)" })
            }
            known.formUnion(step.save.map(\.name))
        }
    }

    private func isKnown(_ name: String, _ known: Set<String>) -> Bool {
        known.contains(name) || name.hasPrefix("secret:") || SmokeValues.byService.contains(where: name.hasPrefix)
            || name.allSatisfy { $0.isUppercase || $0.isNumber || $0 == "_" }
    }
}

/// What steps take unless they say otherwise.
struct SmokeDefaults {
    var timeout = Duration.seconds(5)
    var retry = SmokeRetry(limit: .seconds(10), every: SmokeInterval(first: .milliseconds(250), last: .seconds(2)))

    init() {}

    init(_ map: YAMLMappingReader) {
        timeout = map.optional("timeout") { $0.duration() } ?? timeout
        retry = map.optional("retry", SmokeRetry.read) ?? retry
    }
}

extension SmokeStep {
    static func read(_ reader: YAMLReader, _ defaults: SmokeDefaults) -> SmokeStep? {
        reader.mapping { map in
            let name = map.optional("name") { $0.string() }
            let (action, title) = action(map, reader) ?? (nil, "")
            let poll = map.optional("until", Expectation.read).map { until in
                SmokePoll(
                    until: until, within: map.optional("within") { $0.duration() } ?? .seconds(30),
                    unless: map.optional("unless", Expectation.read),
                    every: map.optional("every", SmokeInterval.read)
                        ?? SmokeInterval(first: .milliseconds(250), last: .seconds(8)))
            }
            guard let action else { return nil }
            return SmokeStep(
                name: name ?? title, place: reader.place, action: action,
                expect: map.optional("expect", Expectation.read) ?? Expectation(), poll: poll,
                save: map.optional("save", SmokeSource.readAll) ?? [],
                always: map.optional("always") { $0.boolean() } ?? false,
                timeout: map.optional("timeout") { $0.duration() } ?? defaults.timeout,
                retry: map.optional("retry", SmokeRetry.read) ?? defaults.retry)
        } ?? nil
    }

    private static func action(_ map: YAMLMappingReader, _ reader: YAMLReader) -> (SmokeAction?, String)? {
        let methods = ["get", "post", "put", "delete", "patch", "head", "options"]
        let targets = methods.compactMap { method in
            map.optional(method, Template.read).map { (method.uppercased(), $0) }
        }
        let made = map.optional("make", SmokeAction.readMake)
        let service = map.optional("service") { $0.string() }
        let headers = map.optional("headers") { $0.templates() } ?? []
        let json = map.optional("json", JSONTemplate.read)
        let file = map.optional("file") { $0.string() }
        guard targets.count + (made == nil ? 0 : 1) == 1 else {
            reader.collector.report(
                "smoke.step", at: reader.place, "a step does exactly one thing.",
                fix: "Write one of `get`, `post`, `put`, `delete`, `patch`, `head`, `options` and `make`.")
            return nil
        }
        guard let (method, target) = targets.first else { return (made, "make") }
        let body: SmokeHTTP.Body = json.map { .json($0) } ?? file.map { .file(made: $0) } ?? .none
        let http = SmokeHTTP(method: method, target: target, service: service, headers: headers, body: body)
        return (.request(http), "\(method) \(target.source)")
    }

    /// Every name that must be known before this step.
    var references: [String] {
        var names = expect.references + (poll?.until.references ?? []) + (poll?.unless?.references ?? [])
        switch action {
        case .makePDF(let text, _): names += text.references
        case .request(let http):
            names += http.target.references + http.headers.flatMap(\.value.references)
            if case .json(let json) = http.body { names += json.references }
        }
        return names
    }
}

extension SmokeAction {
    static func readMake(_ reader: YAMLReader) -> SmokeAction? {
        reader.mapping { map -> SmokeAction? in
            let text = map.required("pdf", Template.read)
            let name = map.required("as") { $0.string() }
            guard let text, let name else { return nil }
            return .makePDF(text: text, name: name)
        } ?? nil
    }
}
