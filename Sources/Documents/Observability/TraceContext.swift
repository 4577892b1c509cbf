import Contract

/// Where one piece of work stands in a distributed trace, as W3C Trace Context (level 1, "traceparent Header" and
/// "tracestate Header") has it.
package struct TraceContext: Sendable, Hashable {
    /// The work that the running task belongs to. It is bound for the length of a request or of a job, and what that
    /// one sends to others says so (`MeasuredHTTP`).
    @TaskLocal package static var current: TraceContext?

    /// 16 bytes in lower-case hex, not all zero: the same for everything that one request set off.
    package let traceID: String
    /// 8 bytes in lower-case hex, not all zero: this piece of work.
    package let spanID: String
    package let isSampled: Bool
    /// What other tracing systems sent along, handed on as it came.
    package let state: String?

    private init(traceID: String, spanID: String, isSampled: Bool, state: String?) {
        self.traceID = traceID
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state
    }

    /// A trace that begins here. It is sampled, because the logs tell of it.
    package init(random: (Int) -> [UInt8]) {
        self.init(
            traceID: Self.identifier(16, random), spanID: Self.identifier(8, random), isSampled: true, state: nil)
    }

    /// What a caller sent; nil when that is not fit to go on with, and a new trace begins.
    package init?(parent: String?, state: String?) {
        guard let parent, let parsed = Self.parts(parent) else { return nil }
        self.init(
            traceID: parsed.trace, spanID: parsed.span, isSampled: parsed.flags & 1 == 1,
            state: state.flatMap(Self.fitState))
    }

    /// As `stored` wrote it.
    package init?(stored: String?) {
        guard let parts = stored?.split(separator: " ", maxSplits: 1).map(String.init), let parent = parts.first else {
            return nil
        }
        self.init(parent: parent, state: parts.dropFirst().first)
    }

    /// A piece of work that this one sets off.
    package func child(random: (Int) -> [UInt8]) -> TraceContext {
        TraceContext(traceID: traceID, spanID: Self.identifier(8, random), isSampled: isSampled, state: state)
    }

    /// The header `traceparent`.
    package var parent: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

    /// One column holds both.
    package var stored: String { state.map { "\(parent) \($0)" } ?? parent }

    package var headers: [(name: String, value: String)] {
        [(name: "traceparent", value: parent)] + (state.map { [(name: "tracestate", value: $0)] } ?? [])
    }

    private static func parts(_ text: String) -> (trace: String, span: String, flags: UInt8)? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4, isHex(parts[0], 2), parts[0] != "ff", parts.count == 4 || parts[0] != "00",
            isHex(parts[1], 32), isHex(parts[2], 16), isHex(parts[3], 2), let flags = UInt8(parts[3], radix: 16),
            text.utf8.count <= 512, parts[1].contains(where: { $0 != "0" }), parts[2].contains(where: { $0 != "0" })
        else { return nil }
        return (parts[1], parts[2], flags)
    }

    private static func isHex(_ text: String, _ count: Int) -> Bool {
        text.utf8.count == count && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }

    /// Printable and short enough to be handed on; otherwise it is left out, as the recommendation allows.
    private static func fitState(_ text: String) -> String? {
        let text = text.drop { $0 == " " }
        let isFit = (1...512).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
        return isFit && text.contains("=") ? String(text) : nil
    }

    private static func identifier(_ count: Int, _ random: (Int) -> [UInt8]) -> String {
        var bytes = random(count)
        // All zero means none at all.
        if bytes.allSatisfy({ $0 == 0 }), !bytes.isEmpty { bytes[bytes.count - 1] = 1 }
        return Hexadecimal.text(bytes)
    }
}
