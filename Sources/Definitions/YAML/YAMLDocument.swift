/// A document read from bytes: its tree as far as it could be read, and everything that is wrong with it as YAML.
package struct YAMLDocument: Sendable {
    /// Nil when the document cannot be used at all; then `findings` says why.
    package var root: YAMLNode?
    package var findings: [Finding]

    /// Reads one document. Never traps and never takes more than its limits allow, whatever the bytes.
    ///
    /// - Parameters:
    ///   - file: the path that places name.
    ///   - environment: the environment that findings name.
    package static func parse(
        _ bytes: [UInt8], file: String, environment: String? = nil, limits: YAMLLimits = YAMLLimits()
    ) -> YAMLDocument {
        let start = Place(file: file, line: 1, column: 1)
        func refused(_ rule: String, _ place: Place, _ message: String, _ fix: String) -> YAMLDocument {
            YAMLDocument(
                root: nil,
                findings: [Finding(rule: rule, environment: environment, place: place, message: message, fix: fix)])
        }
        guard bytes.count <= limits.bytes else {
            return refused(
                "yaml.too-large", start, "the file has \(bytes.count) bytes; the limit is \(limits.bytes).", "Split it."
            )
        }
        if let place = firstInvalidUTF8(bytes, file: file) {
            return refused("yaml.not-utf8", place, "the file is not UTF-8 from here on.", "Save the file as UTF-8.")
        }
        var builder = YAMLTreeBuilder(file: file, environment: environment, limits: limits)
        do {
            try bytes.withUnsafeBufferPointer { try build(&builder, $0) }
        } catch let refusal as YAMLTreeBuilder.Refusal {
            return YAMLDocument(root: nil, findings: builder.findings + [refusal.finding])
        } catch let error as YAMLSyntaxError {
            let finding = explain(error, bytes: bytes, file: file, environment: environment)
            return YAMLDocument(root: nil, findings: builder.findings + [finding])
        } catch {
            return refused("yaml.syntax", start, "the file cannot be read: \(error).", "Check the file.")
        }
        guard let root = builder.root else {
            return refused("yaml.syntax", start, "the file is empty.", "Write the definition, or remove the file.")
        }
        return YAMLDocument(root: root, findings: builder.findings)
    }

    private static func build(_ builder: inout YAMLTreeBuilder, _ bytes: UnsafeBufferPointer<UInt8>) throws {
        guard let events = YAMLEventStream(bytes) else {
            throw YAMLSyntaxError(problem: "no memory for the parser", line: 1, column: 1, byteOffset: 0)
        }
        while true {
            let event = try events.next()
            if case .end = event.kind { return }
            try builder.add(event)
        }
    }

    private static func firstInvalidUTF8(_ bytes: [UInt8], file: String) -> Place? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var (line, column) = (1, 1)
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            (line, column) = scalar == "\n" ? (line + 1, 1) : (line, column + 1)
        }
        return Place(file: file, line: line, column: column)
    }

    private static func explain(
        _ error: YAMLSyntaxError, bytes: [UInt8], file: String, environment: String?
    ) -> Finding {
        let text = String(decoding: bytes, as: UTF8.self)
        let place: Place
        if let line = error.line, let column = error.column {
            place = Place(file: file, line: line, column: column)
        } else {
            let before = String(decoding: bytes.prefix(error.byteOffset), as: UTF8.self).unicodeScalars
            let line = before.count { $0 == "\n" } + 1
            let column =
                (before.lastIndex(of: "\n").map { before.distance(from: $0, to: before.endIndex) - 1 } ?? before.count)
                + 1
            place = Place(file: file, line: line, column: column)
        }
        if character(at: place, in: text) == "\t" {
            return Finding(
                rule: "yaml.tabs", environment: environment, place: place,
                message: "a tab stands where YAML wants spaces.", fix: "Indent with spaces.")
        }
        return Finding(
            rule: "yaml.syntax", environment: environment, place: place,
            message: "this is not YAML: \(error.problem).",
            fix: "Check indentation, quotes and colons on this line and the one above.")
    }

    private static func character(at place: Place, in text: String) -> Unicode.Scalar? {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard place.line <= lines.count else { return nil }
        return lines[place.line - 1].dropFirst(place.column - 1).first
    }
}
