import Storage

/// Who gets events, as the database knows them: a release that runs beside this one may have others.
extension EventStreams {
    /// A receiver that no worker has served for so long (microseconds) is nobody's any more.
    private static let retiredAfter: Int64 = 86_400_000_000
    /// How often workers say that they serve a receiver, in microseconds.
    private static let saidEvery: Int64 = 60_000_000

    /// Makes receivers known, as served now.
    package static func register(_ receivers: [String], now: Int64, on connection: any Connection) throws {
        for receiver in receivers {
            try connection.execute(
                """
                INSERT INTO event_receivers (receiver, since, seen_at) VALUES (?, ?, ?)
                ON CONFLICT (receiver) DO UPDATE SET seen_at = excluded.seen_at
                """, [receiver, now, now])
        }
    }

    /// Those that some worker serves.
    package static func served(now: Int64, on connection: any Connection) throws -> [String] {
        try connection.query(
            "SELECT receiver FROM event_receivers WHERE seen_at > ? ORDER BY receiver", [now - retiredAfter]
        ).map { try $0.get("receiver") }
    }

    /// Records that this worker serves them, unless that was done a moment ago.
    static func saw(_ receivers: [String], now: Int64, on connection: any Connection) throws {
        guard !receivers.isEmpty else { return }
        try connection.execute(
            "UPDATE event_receivers SET seen_at = ? WHERE receiver IN \(Placeholders.list(receivers.count)) AND seen_at <= ?",
            [now] + receivers + [now - saidEvery])
    }
}

extension DocumentsSchema {
    /// `seen_at` is 0 for what only earlier releases have served. A stream that was moved to another receiver has its events from
    /// `since` on, whenever that receiver was first known.
    static let servedReceivers = [
        "ALTER TABLE event_receivers ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE event_streams ADD COLUMN since BIGINT",
    ]
}
