import CYAML

/// What libyaml tells of a document, in order.
struct YAMLEvent {
    enum Kind {
        case documentStart
        case scalar(YAMLScalar)
        case alias(String)
        case mappingStart
        case mappingEnd
        case sequenceStart
        case sequenceEnd
        case end
        /// Nothing that a tree is made of.
        case other
    }

    var kind: Kind
    var anchor: String?
    var tag: String?
    var line: Int
    var column: Int
}

/// What libyaml cannot read, in its words.
struct YAMLSyntaxError: Error {
    var problem: String
    /// Where the problem is; lines and columns count from 1. Nil when the problem is at `byteOffset`.
    var line: Int?
    var column: Int?
    var byteOffset: Int
}

/// libyaml's parser over bytes that outlive it.
struct YAMLEventStream: ~Copyable {
    // On the heap, since libyaml keeps the parser's own address.
    private let parser: UnsafeMutablePointer<yaml_parser_t>

    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            return nil
        }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    func next() throws(YAMLSyntaxError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        var result = YAMLEvent(
            kind: .other, line: event.start_mark.line + 1, column: event.start_mark.column + 1)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
        case YAML_STREAM_END_EVENT: result.kind = .end
        case YAML_MAPPING_END_EVENT: result.kind = .mappingEnd
        case YAML_SEQUENCE_END_EVENT: result.kind = .sequenceEnd
        case YAML_ALIAS_EVENT: result.kind = .alias(text(event.data.alias.anchor) ?? "")
        case YAML_MAPPING_START_EVENT:
            result.kind = .mappingStart
            result.anchor = text(event.data.mapping_start.anchor)
            result.tag = text(event.data.mapping_start.tag)
        case YAML_SEQUENCE_START_EVENT:
            result.kind = .sequenceStart
            result.anchor = text(event.data.sequence_start.anchor)
            result.tag = text(event.data.sequence_start.tag)
        case YAML_SCALAR_EVENT:
            result.kind = .scalar(scalar(event.data.scalar))
            result.anchor = text(event.data.scalar.anchor)
            result.tag = text(event.data.scalar.tag)
        default: break
        }
        return result
    }

    private func syntaxError() -> YAMLSyntaxError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "the document cannot be read"
        guard state.error != YAML_READER_ERROR else {
            return YAMLSyntaxError(problem: problem, byteOffset: state.problem_offset)
        }
        return YAMLSyntaxError(
            problem: problem, line: state.problem_mark.line + 1, column: state.problem_mark.column + 1,
            byteOffset: state.problem_mark.index)
    }

    private func text(_ pointer: UnsafeMutablePointer<UInt8>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func scalar(_ data: yaml_event_s.__Unnamed_union_data.__Unnamed_struct_scalar) -> YAMLScalar {
        let bytes = UnsafeBufferPointer(start: data.value, count: data.length)
        let style: YAMLScalar.Style =
            switch data.style {
            case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
            case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
            default: .plain
            }
        return YAMLScalar(text: String(decoding: bytes, as: UTF8.self), style: style)
    }
}
