/// A document read from bytes: its tree as far as it could be read, and everything that is wrong with it as YAML.
package struct YAMLDocument: Sendable {
    /// Nil when the document cannot be used at all; then `findings` says why.
    package var root: YAMLNode?
    /// In the order of the file.
    package var findings: [Finding]
    /// What the tree takes in memory, in bytes, beyond the file's own.
    package private(set) var byteCount = 0

    /// Reads one document. Never traps and never takes more than its limits allow, whatever the bytes: memory up to ten
    /// times the file and some kilobytes, and time that grows with the file.
    ///
    /// - Parameters:
    ///   - file: the path that places name.
    ///   - environment: the environment that findings name.
    package static func parse(
        _ bytes: [UInt8], file: String, environment: String? = nil, limits: YAMLLimits = YAMLLimits()
    ) -> YAMLDocument {
        let most = min(limits.bytes, YAMLLimits.mostBytes)
        guard bytes.count <= most else {
            let start = YAMLReport([], lines: YAMLLineTable([]), file: file, environment: environment, most: 1)
            let message = "the file has \(bytes.count) bytes or more; the limit is \(most)."
            return YAMLDocument(
                root: nil, findings: [start.finding("yaml.too-large", at: 0, message, "Split it.")])
        }
        let lines = YAMLLineTable(bytes)
        var report = YAMLReport(
            bytes, lines: lines, file: file, environment: environment, most: limits.findings)
        if let found = YAMLScan.refusal(bytes, limits) {
            report.add(found.rule, at: found.offset, found.message, found.fix)
            return YAMLDocument(root: nil, findings: report.findings)
        }
        return bytes.withUnsafeBufferPointer { source in
            noteLineEnds(source, &report)
            return read(source, bytes, lines, YAMLTreeBuilder(source, limits: limits, report: report))
        }
    }

    private static func read(
        _ source: UnsafeBufferPointer<UInt8>, _ bytes: [UInt8], _ lines: YAMLLineTable, _ builder: YAMLTreeBuilder
    ) -> YAMLDocument {
        do {
            try build(builder, source)
        } catch let refusal as YAMLTreeBuilder.Refusal {
            return failed(builder.report, refusal.finding)
        } catch let error as YAMLSyntaxError {
            return failed(builder.report, YAMLSyntaxExplanation(source, builder.report).finding(error))
        } catch {
            let message = "the file cannot be read: \(error)."
            return failed(builder.report, builder.report.finding("yaml.syntax", at: 0, message, "Check the file."))
        }
        guard !builder.isEmpty else {
            return failed(
                builder.report,
                builder.report.finding(
                    "yaml.syntax", at: 0, "the file is empty.", "Write the definition, or remove the file."))
        }
        let tree = YAMLTree(
            file: builder.report.file, source: bytes, records: builder.records, decoded: builder.decoded,
            keyOrders: builder.keyOrders, lines: lines)
        return YAMLDocument(
            root: YAMLNode(tree, .record(0)), findings: builder.report.findings, byteCount: tree.byteCount)
    }

    private static func failed(_ report: YAMLReport, _ finding: Finding) -> YAMLDocument {
        YAMLDocument(root: nil, findings: report.findings + [finding])
    }

    private static func build(_ builder: YAMLTreeBuilder, _ bytes: UnsafeBufferPointer<UInt8>) throws {
        guard let events = YAMLEventStream(bytes) else {
            throw YAMLSyntaxError(problem: "no memory for the parser", position: .byte(0))
        }
        var isDone = false
        while !isDone {
            try events.next { event in
                if case .end = event.kind { isDone = true }
                try builder.add(event)
            }
        }
    }

    private static func noteLineEnds(_ source: UnsafeBufferPointer<UInt8>, _ report: inout YAMLReport) {
        guard let offset = YAMLScan.oddLineEnd(source) else { return }
        report.add(
            "yaml.line-ends", severity: .warning, at: offset,
            "a line ends here for some readers and goes on for others: this is a carriage return without a line feed, or a Unicode line end.",
            "Save the file with LF line ends.")
    }
}
