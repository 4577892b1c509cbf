import CYAML

/// What libyaml tells of a document, in order. Its texts are libyaml's own, and gone after the call that shows it.
struct YAMLEvent {
    enum Kind {
        case documentStart
        case scalar(UnsafeBufferPointer<UInt8>, YAMLScalar.Style)
        case alias(UnsafeBufferPointer<UInt8>)
        case mappingStart
        case sequenceStart
        case collectionEnd
        case end
        /// Nothing that a tree is made of.
        case other
    }

    var kind: Kind
    var anchor: UnsafeBufferPointer<UInt8>?
    /// Whether it has a tag other than `!`.
    var isTagged = false
    /// Where it begins, in characters.
    var start: Int
}

/// What libyaml cannot read, in its words.
struct YAMLSyntaxError: Error {
    var problem: String
    /// Where the problem is.
    var position: Position

    enum Position {
        case byte(Int)
        case character(Int)
    }
}

/// libyaml's parser over bytes that outlive it.
struct YAMLEventStream: ~Copyable {
    // On the heap, since libyaml keeps the parser's own address.
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        self.parser = parser
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    /// Shows the next event to `body`.
    func next(_ body: (YAMLEvent) throws -> Void) throws {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        var result = YAMLEvent(kind: .other, start: event.start_mark.index)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
        case YAML_STREAM_END_EVENT: result.kind = .end
        case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT: result.kind = .collectionEnd
        case YAML_ALIAS_EVENT: result.kind = .alias(text(event.data.alias.anchor) ?? .init(start: nil, count: 0))
        case YAML_MAPPING_START_EVENT:
            let data = event.data.mapping_start
            result.kind = .mappingStart
            note(data.anchor, data.tag, in: &result)
        case YAML_SEQUENCE_START_EVENT:
            let data = event.data.sequence_start
            result.kind = .sequenceStart
            note(data.anchor, data.tag, in: &result)
        case YAML_SCALAR_EVENT:
            let data = event.data.scalar
            result.kind = .scalar(UnsafeBufferPointer(start: data.value, count: data.length), style(data.style))
            note(data.anchor, data.tag, in: &result)
        default: break
        }
        try body(result)
    }

    private func note(
        _ anchor: UnsafeMutablePointer<UInt8>?, _ tag: UnsafeMutablePointer<UInt8>?, in event: inout YAMLEvent
    ) {
        event.anchor = text(anchor)
        event.isTagged = text(tag).map { !$0.elementsEqual("!".utf8) } ?? false
    }

    private func syntaxError() -> YAMLSyntaxError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "the document cannot be read"
        return YAMLSyntaxError(
            problem: problem,
            position: state.error == YAML_READER_ERROR
                ? .byte(state.problem_offset) : .character(state.problem_mark.index))
    }

    private func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> UnsafeBufferPointer<UInt8>? {
        guard let pointer else { return nil }
        var count = 0
        while pointer[count] != 0 { count += 1 }
        return UnsafeBufferPointer(start: pointer, count: count)
    }

    private func style(_ style: yaml_scalar_style_t) -> YAMLScalar.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }
}
