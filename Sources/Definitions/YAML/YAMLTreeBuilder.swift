/// Makes a tree of events, on a stack of its own, and refuses what costs more than its limits. A class: it is large, and
/// closures that change a value copy it.
final class YAMLTreeBuilder {
    /// The document cannot be used; the finding says why.
    struct Refusal: Error {
        var finding: Finding
    }

    private struct Open {
        /// The record of the mapping or list.
        var record: Int
        var isMapping: Bool
        var anchor: Int?
        /// The key that waits for its value.
        var key: Int?
        var nodesBefore: Int
        /// Levels below this one.
        var height = 0
    }

    private struct Anchored {
        var name: [UInt8]
        var offset: Int
        /// Nil while it is being read.
        var target: (record: Int, size: Int, height: Int)?
        var isUsed = false
    }

    private let source: UnsafeBufferPointer<UInt8>
    private let limits: YAMLLimits
    private(set) var report: YAMLReport
    private(set) var records = YAMLRecords()
    private(set) var decoded: [UInt8] = []
    private(set) var keyOrders: [[UInt32]] = []
    private var stack: [Open] = []
    private var anchors: [Anchored] = []
    /// The anchor that a name means from here on.
    private var anchorByName: [[UInt8]: Int] = [:]
    private var cursor = YAMLCharacterCursor()
    private var (nodes, repeatedNodes, aliases, documents) = (0, 0, 0, 0)

    /// - Parameter source: outlives the builder.
    init(_ source: UnsafeBufferPointer<UInt8>, limits: YAMLLimits, report: YAMLReport) {
        self.source = source
        self.limits = limits
        self.report = report
    }

    func add(_ event: YAMLEvent) throws(Refusal) {
        let offset = cursor.byteOffset(of: event.start, in: source)
        if event.isTagged { noteTag(offset) }
        switch event.kind {
        case .documentStart: try beginDocument(offset)
        case .scalar(let text, let style): try add(text, style, event, offset)
        case .alias(let name): try expand(Array(name), offset)
        case .mappingStart: try open(.mapping, event, offset)
        case .sequenceStart: try open(.sequence, event, offset)
        case .collectionEnd: try close()
        case .end: noteUnusedAnchors()
        case .other: break
        }
    }

    private func beginDocument(_ offset: Int) throws(Refusal) {
        documents += 1
        guard documents == 1 else {
            throw refusal(
                "yaml.documents", offset, "a second document starts here, and a file holds one.",
                "Remove the `---`, or move what follows to a file of its own.")
        }
    }

    private func open(_ kind: YAMLRecord.Kind, _ event: YAMLEvent, _ offset: Int) throws(Refusal) {
        guard stack.count < limits.depth else {
            throw refusal(
                "yaml.too-large", offset, "values are nested more than \(limits.depth) deep here.",
                "Flatten the document.")
        }
        if let parent = stack.last, parent.isMapping, parent.key == nil { throw keyMustBeText(offset) }
        try count(1, offset)
        let anchor = try note(event.anchor, offset)
        stack.append(
            Open(record: records.count, isMapping: kind == .mapping, anchor: anchor, nodesBefore: nodes - 1))
        records.append(YAMLRecord(kind, offset: offset, extent: 0))
    }

    private func close() throws(Refusal) {
        guard let done = stack.popLast() else { return }
        records[done.record].extent = UInt32(records.count)
        if done.isMapping { finishKeys(done) }
        if let anchor = done.anchor {
            anchors[anchor].target = (done.record, nodes - done.nodesBefore, done.height + 1)
        }
        try attach(done.record, height: done.height + 1)
    }

    private func add(
        _ text: UnsafeBufferPointer<UInt8>, _ style: YAMLScalar.Style, _ event: YAMLEvent, _ offset: Int
    ) throws(Refusal) {
        try count(1, offset)
        let isNothing = text.isEmpty && style == .plain
        if isNothing, event.anchor == nil, let top = stack.last, top.isMapping {
            guard let key = top.key else { throw keyMustBeText(offset) }
            records[key].hasNoValue = true
            stack[stack.count - 1].key = nil
            return
        }
        let anchor = try note(event.anchor, offset)
        if let anchor { anchors[anchor].target = (records.count, 1, 0) }
        records.append(record(of: text, style, offset))
        try attach(records.count - 1, height: 0)
    }

    /// The record of a text, which is kept only if the file writes it otherwise.
    private func record(
        of text: UnsafeBufferPointer<UInt8>, _ style: YAMLScalar.Style, _ offset: Int
    ) -> YAMLRecord {
        let (kind, home, start): (YAMLRecord.Kind, YAMLRecord.Home, Int) =
            switch style {
            case .plain: (.plain, .atOffset, offset)
            case .quoted: (.quoted, .afterQuote, offset + 1)
            case .block: (.block, .atOffset, source.count)
            }
        let end = start + text.count
        if end <= source.count, YAMLText.equal(UnsafeBufferPointer(rebasing: source[start..<end]), text) {
            return YAMLRecord(kind, offset: offset, extent: text.count, home: home)
        }
        let store = decoded.count
        decoded.append(contentsOf: text)
        return YAMLRecord(kind, offset: offset, extent: text.count, home: .decoded, store: store)
    }

    private func expand(_ name: [UInt8], _ offset: Int) throws(Refusal) {
        aliases += 1
        guard aliases <= limits.aliases else {
            throw refusal(
                "yaml.alias", offset, "more than \(limits.aliases) aliases are used.", "Write the values out.")
        }
        guard let anchor = anchorByName[name] else {
            throw refusal(
                "yaml.alias", offset, "this alias (`*…`) refers to no anchor above it.",
                "Write its anchor (`&…`) before the value that is meant, above this line; quote it if it is text.")
        }
        guard let target = anchors[anchor].target else {
            throw refusal(
                "yaml.alias", offset, "this alias (`*…`) stands inside what it refers to.", "Write the value out.")
        }
        repeatedNodes += target.size
        guard repeatedNodes <= limits.repeatedNodes, stack.count + target.height <= limits.depth else {
            throw refusal(
                "yaml.alias", offset,
                "with this one, aliases repeat more than \(limits.repeatedNodes) values, or make more than \(limits.depth) levels.",
                "Write the values out; a document that grows this much by aliases is refused.")
        }
        anchors[anchor].isUsed = true
        // The place of use, since that is where a reader would mend it.
        try count(target.size, offset)
        records.append(YAMLRecord(.alias, offset: offset, extent: records.target(target.record)))
        try attach(records.count - 1, height: target.height)
    }

    /// Puts the finished value at `record` where it belongs: under its key, or as the key itself.
    private func attach(_ record: Int, height: Int) throws(Refusal) {
        guard !stack.isEmpty else { return }
        let top = stack.count - 1
        stack[top].height = max(stack[top].height, height)
        guard stack[top].isMapping else { return }
        guard stack[top].key == nil else {
            stack[top].key = nil
            return
        }
        guard records[records.target(record)].isScalar else { throw keyMustBeText(Int(records[record].offset)) }
        stack[top].key = record
        noteKey(record)
    }

    /// Records of an empty document: none.
    var isEmpty: Bool { records.count == 0 }
}

// MARK: Keys

extension YAMLTreeBuilder {
    private func text<T>(_ record: Int, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
        let target = records[records.target(record)]
        guard target.home == .decoded else {
            let start = Int(target.offset) + (target.home == .afterQuote ? 1 : 0)
            return body(UnsafeBufferPointer(rebasing: source[start..<start + Int(target.extent)]))
        }
        return target.text(source: [], decoded: decoded, body)
    }

    private func noteKey(_ record: Int) {
        let flaw = text(record) { YAMLTraps.key($0, isPlain: records[records.target(record)].kind == .plain) }
        guard let flaw else { return }
        report.add(flaw.rule, at: Int(records[record].offset), flaw.message, flaw.fix)
    }

    /// Finds duplicates, and keeps the order of a large mapping's keys.
    private func finishKeys(_ mapping: Open) {
        var keys: [UInt32] = []
        let end = records.count
        var entry = mapping.record + 1
        var count = 0
        while entry < end {
            count += 1
            entry = records.nextEntry(after: entry)
        }
        guard count > 1 else { return }
        keys.reserveCapacity(count)
        entry = mapping.record + 1
        while entry < end {
            keys.append(UInt32(entry))
            entry = records.nextEntry(after: entry)
        }
        if count > YAMLKeyOrder.least {
            keys.sort { first, second in
                text(Int(first)) { a in
                    text(Int(second)) { b in
                        YAMLText.precedes(a, b) || first < second && YAMLText.equal(a, b)
                    }
                }
            }
        }
        let found = YAMLKeyOrder.duplicates(keys) { first, second in
            text(Int(first)) { a in text(Int(second)) { YAMLText.equal(a, $0) } }
        }
        for duplicate in found { noteDuplicate(Int(duplicate.key), first: Int(duplicate.first)) }
        guard count > YAMLKeyOrder.least else { return }
        keyOrders.append(keys)
        records[mapping.record].store = keyOrders.count
    }

    private func noteDuplicate(_ key: Int, first: Int) {
        guard !report.isFull else { return report.skip() }
        let name = text(key) { String(decoding: $0.prefix(200), as: UTF8.self) }
        let line = report.place(Int(records[first].offset)).line
        report.add(
            "yaml.duplicate-key", at: Int(records[key].offset), name: name,
            "`\(name)` is given a second time; it stands on line \(line) too.", "Keep one of them.")
    }
}

// MARK: Anchors, tags and limits

extension YAMLTreeBuilder {
    private func note(_ anchor: UnsafeBufferPointer<UInt8>?, _ offset: Int) throws(Refusal) -> Int? {
        guard let anchor else { return nil }
        guard anchors.count < limits.aliases else {
            throw refusal(
                "yaml.alias", offset, "more than \(limits.aliases) anchors are set.", "Write the values out.")
        }
        anchors.append(Anchored(name: Array(anchor), offset: offset))
        anchorByName[Array(anchor)] = anchors.count - 1
        return anchors.count - 1
    }

    private func noteUnusedAnchors() {
        for anchor in anchors where !anchor.isUsed {
            // Its name is not shown: a secret may begin with `&`.
            report.add(
                "yaml.anchor-unused", severity: .warning, at: anchor.offset,
                "no alias refers to this anchor (`&…`).",
                "Remove the anchor; if it is the beginning of a text, quote the text.")
        }
    }

    private func noteTag(_ offset: Int) {
        // The tag itself is not shown, nor an alias's name: a secret may begin with `!` or `*`.
        report.add(
            "yaml.tag", at: offset, "a tag (`!…`) is not supported.",
            "Remove the tag; quote the value if it must be text.")
    }

    private func count(_ more: Int, _ offset: Int) throws(Refusal) {
        nodes += more
        guard nodes <= limits.nodes else {
            throw refusal(
                "yaml.too-large", offset, "the document has more than \(limits.nodes) values.", "Split it.")
        }
    }

    private func keyMustBeText(_ offset: Int) -> Refusal {
        refusal("yaml.syntax", offset, "a key must be a single word or text.", "Write the key as text.")
    }

    private func refusal(_ rule: String, _ offset: Int, _ message: String, _ fix: String) -> Refusal {
        Refusal(finding: report.finding(rule, at: offset, message, fix))
    }
}
