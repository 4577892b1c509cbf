import Contract
import FoundationEssentials
import Logging

/// Writes logs as JSON, a line for each: `time` (RFC 3339, UTC), `level`, `logger`, `message`, and whatever the logger and the
/// call know besides, such as `correlation_id`, `trace_id`, `span_id`, `release` and `bundle`.
///
/// Values that are secret are blotted out wherever they should turn up, which they should not. What documents say is not
/// known here: who logs sees to it that it is no part of a message.
package struct JSONLog: LogHandler {
    /// Shorter values are too likely to be part of something else.
    static let shortestSecret = 8
    /// Longer values are cut off.
    static let longestValue = 2000

    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]

    private let label: String
    private let secrets: [String]
    private let now: @Sendable () -> Int64
    private let write: @Sendable (_ line: String) -> Void

    /// - Parameters:
    ///   - fields: in every line.
    ///   - secrets: values that must not be seen, and addresses and key sets that hold some.
    ///   - now: microseconds since 1970.
    ///   - write: takes a line with its end.
    package init(
        label: String, level: Logger.Level = .info, fields: [String: String] = [:], secrets: [Credential] = [],
        now: @escaping MicrosecondClock, write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.secrets = Self.values(in: secrets)
        self.now = now
        self.write = write
        logLevel = level
        metadata = fields.mapValues { .string($0) }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        if let error = event.error { fields["error"] = "\(error)" }
        let own = [
            ("time", Timestamp.text(microseconds: now())), ("level", event.level.rawValue), ("logger", label),
            ("message", "\(event.message)"),
        ]
        let reserved = Set(own.map(\.0))
        let more = fields.filter { !reserved.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let members = (own + more).map { "\(JSONWriter.quoted($0.0)):\(JSONWriter.quoted(blotted($0.1)))" }
        write("{\(members.joined(separator: ","))}\n")
    }

    private func blotted(_ text: String) -> String {
        let text = secrets.reduce(text) { $0.replacing($1, with: "•••") }
        return text.utf8.count <= Self.longestValue ? text : String(text.prefix(Self.longestValue)) + "…"
    }

    /// The secrets themselves, the keys of a set `id:key,id:key`, and the password in an address; the longest first, so that
    /// none is left standing because a part of it went before.
    private static func values(in secrets: [Credential]) -> [String] {
        let all = secrets.map { $0.reveal() }.flatMap { secret -> [String] in
            if let scheme = secret.firstRange(of: "://") {
                let authority = secret[scheme.upperBound...].prefix { !"/?#".contains($0) }
                let user = authority.lastIndex(of: "@").map { authority[..<$0] }
                return [secret] + (user?.split(separator: ":").dropFirst().map(String.init) ?? [])
            }
            return [secret] + secret.split(whereSeparator: { ",:".contains($0) }).map(String.init)
        }
        return Set(all.filter { $0.utf8.count >= shortestSecret }).sorted { $0.utf8.count > $1.utf8.count }
    }
}

extension Logger {
    /// The same logger, whose lines say which trace they belong to.
    package func tracing(_ trace: TraceContext) -> Logger {
        var logger = self
        logger[metadataKey: "trace_id"] = "\(trace.traceID)"
        logger[metadataKey: "span_id"] = "\(trace.spanID)"
        return logger
    }
}
