/// A content digest, written `sha256:` and 64 lower-case hex digits.
package struct Digest: Hashable, Sendable, Codable, CustomStringConvertible {
    package let text: String

    /// Nil unless `text` has the written form.
    package init?(_ text: String) {
        let prefix = "sha256:"
        guard text.hasPrefix(prefix), text.utf8.count == prefix.utf8.count + 64,
            text.utf8.dropFirst(prefix.utf8.count).allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.text = text
    }

    /// For digests just computed.
    init(unchecked text: String) { self.text = text }

    package var description: String { text }
    /// The first twelve hex digits, for people.
    package var short: String { String(text.dropFirst(7).prefix(12)) }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let digest = Digest(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "\(text) is not a sha256: digest"))
        }
        self = digest
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A moment, in microseconds since 1970 UTC.
package struct Timestamp: Hashable, Sendable, Codable, Comparable {
    package var microseconds: Int64
    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// Whole seconds since 1970.
    package var seconds: Int { Int(microseconds / 1_000_000) }

    package static func < (a: Timestamp, b: Timestamp) -> Bool { a.microseconds < b.microseconds }
    package static func + (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds + duration.microseconds)
    }
    /// The time from `b` to `a`; negative when `a` came first.
    package static func - (a: Timestamp, b: Timestamp) -> Duration {
        .microseconds(a.microseconds - b.microseconds)
    }

    package init(from decoder: any Decoder) throws {
        microseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }
}

extension Duration {
    /// Whole microseconds; what is less is cut off.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    package var seconds: Double { Double(microseconds) / 1_000_000 }
}

/// Tells the time; handed in wherever time matters.
package protocol WallClock: Sendable {
    var now: Timestamp { get }
}
