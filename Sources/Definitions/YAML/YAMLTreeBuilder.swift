/// Makes a tree of events, on a stack of its own, and refuses what costs more than its limits.
struct YAMLTreeBuilder {
    /// The document cannot be used; the finding says why.
    struct Refusal: Error {
        var finding: Finding
    }

    private struct Open {
        var node: YAMLNode
        var anchor: String?
        /// The key that waits for its value.
        var key: (name: String, place: Place)?
        var isMapping: Bool
        /// Where each key stood first.
        var seen: [String: Place] = [:]
        var nodesBefore: Int
        /// Levels below this one.
        var height = 0
    }

    private struct Anchored {
        var node: YAMLNode
        var size: Int
        var height: Int
    }

    let file: String
    let environment: String?
    let limits: YAMLLimits
    private(set) var root: YAMLNode?
    private(set) var findings: [Finding] = []
    private var stack: [Open] = []
    private var anchors: [String: Anchored] = [:]
    private var nodes = 0
    private var aliases = 0
    private var documents = 0

    init(file: String, environment: String?, limits: YAMLLimits) {
        self.file = file
        self.environment = environment
        self.limits = limits
    }

    mutating func add(_ event: YAMLEvent) throws(Refusal) {
        let place = Place(file: file, line: event.line, column: event.column)
        noteTag(event, place)
        switch event.kind {
        case .documentStart: try beginDocument(place)
        case .scalar(let scalar): try finish(YAMLNode(content: .scalar(scalar), place: place), event.anchor)
        case .alias(let name): try expand(name, place)
        case .mappingStart: try open(isMapping: true, event.anchor, place)
        case .sequenceStart: try open(isMapping: false, event.anchor, place)
        case .mappingEnd, .sequenceEnd: try close()
        case .end, .other: break
        }
    }

    private mutating func beginDocument(_ place: Place) throws(Refusal) {
        documents += 1
        guard documents == 1 else {
            throw refusal(
                "yaml.syntax", place, "a second document starts here, and a file holds one.",
                "Remove the `---`, or move what follows to a file of its own.")
        }
    }

    private mutating func open(isMapping: Bool, _ anchor: String?, _ place: Place) throws(Refusal) {
        guard stack.count < limits.depth else {
            throw refusal(
                "yaml.too-large", place, "values are nested more than \(limits.depth) deep here.",
                "Flatten the document.")
        }
        if let parent = stack.last, parent.isMapping, parent.key == nil { throw keyMustBeText(place) }
        try count(1, place)
        stack.append(
            Open(
                node: YAMLNode(content: isMapping ? .mapping([]) : .sequence([]), place: place), anchor: anchor,
                isMapping: isMapping, nodesBefore: nodes - 1))
    }

    private mutating func close() throws(Refusal) {
        guard let done = stack.popLast() else { return }
        if let anchor = done.anchor {
            anchors[anchor] = Anchored(node: done.node, size: nodes - done.nodesBefore, height: done.height + 1)
        }
        try attach(done.node, height: done.height + 1)
    }

    private mutating func finish(_ node: YAMLNode, _ anchor: String?) throws(Refusal) {
        try count(1, node.place)
        if let anchor { anchors[anchor] = Anchored(node: node, size: 1, height: 0) }
        try attach(node, height: 0)
    }

    private mutating func expand(_ name: String, _ place: Place) throws(Refusal) {
        aliases += 1
        guard aliases <= limits.aliases else {
            throw refusal(
                "yaml.alias", place, "more than \(limits.aliases) aliases are used.", "Write the values out.")
        }
        guard let target = anchors[name] else {
            let unfinished = stack.contains { $0.anchor == name }
            throw refusal(
                "yaml.alias", place,
                unfinished
                    ? "this alias (`*…`) stands inside what it refers to."
                    : "this alias (`*…`) refers to no anchor above it.",
                unfinished
                    ? "Write the value out."
                    : "Write its anchor (`&…`) before the value that is meant, above this line; quote it if it is text."
            )
        }
        guard nodes + target.size <= limits.nodes, stack.count + target.height <= limits.depth else {
            throw refusal(
                "yaml.alias", place,
                "with this one, aliases make more than \(limits.nodes) values, or more than \(limits.depth) levels.",
                "Write the values out; a document that grows this much by aliases is refused.")
        }
        // The place of use, since that is where a reader would mend it.
        try count(target.size, place)
        try attach(YAMLNode(content: target.node.content, place: place), height: target.height)
    }

    private mutating func attach(_ node: YAMLNode, height: Int) throws(Refusal) {
        guard !stack.isEmpty else {
            root = node
            return
        }
        let top = stack.count - 1
        stack[top].height = max(stack[top].height, height)
        guard stack[top].isMapping else {
            stack[top].node.append(node)
            return
        }
        guard let key = stack[top].key else {
            guard let scalar = node.scalar else { throw keyMustBeText(node.place) }
            noteDuplicate(scalar.text, node.place, in: top)
            stack[top].key = (scalar.text, node.place)
            return
        }
        stack[top].node.append(YAMLEntry(key: key.name, keyPlace: key.place, value: node))
        stack[top].key = nil
    }

    private mutating func noteDuplicate(_ key: String, _ place: Place, in top: Int) {
        guard let first = stack[top].seen[key] else {
            stack[top].seen[key] = place
            return
        }
        report(
            "yaml.duplicate-key", place, name: key,
            "`\(key)` is given a second time; it stands on line \(first.line) too.",
            "Keep one of them.")
    }

    private mutating func noteTag(_ event: YAMLEvent, _ place: Place) {
        // The tag itself is not shown, nor an alias's name: a secret may begin with `!` or `*`.
        guard let tag = event.tag, tag != "!" else { return }
        report(
            "yaml.tag", place, "a tag (`!…`) is not supported.",
            "Remove the tag; quote the value if it must be text.")
    }

    private mutating func count(_ more: Int, _ place: Place) throws(Refusal) {
        nodes += more
        guard nodes <= limits.nodes else {
            throw refusal(
                "yaml.too-large", place, "the document has more than \(limits.nodes) values.", "Split it.")
        }
    }

    private mutating func report(_ rule: String, _ place: Place, name: String? = nil, _ message: String, _ fix: String)
    {
        findings.append(
            Finding(rule: rule, environment: environment, place: place, name: name, message: message, fix: fix))
    }

    private func keyMustBeText(_ place: Place) -> Refusal {
        refusal("yaml.syntax", place, "a key must be a single word or text.", "Write the key as text.")
    }

    private func refusal(_ rule: String, _ place: Place, _ message: String, _ fix: String) -> Refusal {
        Refusal(finding: Finding(rule: rule, environment: environment, place: place, message: message, fix: fix))
    }
}

extension YAMLNode {
    /// Appends without a copy: the content is taken out while it grows.
    fileprivate mutating func append(_ element: YAMLNode) {
        guard case .sequence(var elements) = content else { return }
        content = .sequence([])
        elements.append(element)
        content = .sequence(elements)
    }

    fileprivate mutating func append(_ entry: YAMLEntry) {
        guard case .mapping(var entries) = content else { return }
        content = .mapping([])
        entries.append(entry)
        content = .mapping(entries)
    }
}
