import Definitions
import Storage

/// The summaries of watches, as rows: one for each rollout that succeeded, once its watch is over.
package enum WatchRecord {
    /// Of how many rollouts at most one call writes the summary; the rest have theirs the next time.
    private static let batch = 20

    /// Writes the summary of every watch that is over.
    /// - Parameter length: how long the watch lasts, unless the next bundle comes before.
    /// - Returns: the new ones, oldest first.
    package static func close(
        environment: String, length: Duration, now: Timestamp, _ connection: any Connection
    ) throws -> [WatchSummary] {
        let rows = try connection.query(
            """
            SELECT number, document FROM rollouts
            WHERE environment = ? AND outcome = 'succeeded'
                AND NOT EXISTS (SELECT 1 FROM watch_summaries WHERE watch_summaries.rollout = rollouts.id)
            ORDER BY number LIMIT ?
            """, [environment, batch])
        return try rows.compactMap { row in
            let rollout = try CanonicalJSON.decode(Rollout.self, try row.get("document"))
            guard let from = rollout.endedAt else { return nil }
            let next = try next(after: rollout, number: try row.get("number"), connection)
            let until = min(from + length, next?.startedAt.map { max($0, from) } ?? from + length)
            guard until <= now else { return nil }
            let isShort = until < from + length
            let summary = try summary(rollout, from, until, endedBy: isShort ? next?.id : nil, connection)
            try connection.execute(
                "INSERT INTO watch_summaries (rollout, environment, at, document) VALUES (?, ?, ?, ?)",
                [rollout.id, environment, now.microseconds, try CanonicalJSON.encode(summary)])
            return summary
        }
    }

    /// Nil as long as the watch goes on, and for what did not succeed.
    package static func summary(of rollout: String, _ connection: any Connection) throws -> WatchSummary? {
        try connection.first("SELECT document FROM watch_summaries WHERE rollout = ?", [rollout]).map {
            try CanonicalJSON.decode(WatchSummary.self, try $0.get("document"))
        }
    }

    /// What put another bundle in this one's place.
    private static func next(
        after rollout: Rollout, number: Int64, _ connection: any Connection
    ) throws -> Rollout? {
        let rows = try connection.query(
            """
            SELECT document FROM rollouts WHERE environment = ? AND number > ? AND outcome IS NOT NULL
            ORDER BY number
            """, [rollout.environment, number])
        for row in rows {
            let other = try CanonicalJSON.decode(Rollout.self, try row.get("document"))
            let replaces = other.kind == .rollout ? other.outcome == .succeeded : other.outcome == .rolledBack
            if replaces { return other }
        }
        return nil
    }

    private static func summary(
        _ rollout: Rollout, _ from: Timestamp, _ until: Timestamp, endedBy: String?, _ connection: any Connection
    ) throws -> WatchSummary {
        let services = try (rollout.course?.legs ?? []).filter { $0.replicas != nil }.map { leg in
            WatchSummary.Service(
                service: leg.service,
                traffic: try TrafficRecord.sum(
                    environment: rollout.environment, service: leg.service, from: from, until: until, connection))
        }
        var breaches: WatchSummary.Breaches?
        if let release = try ReleaseRecord.find(rollout.release, connection) {
            breaches = try TrafficRecord.breaches(
                environment: rollout.environment, release: release.digest, from: from, until: until, connection)
        }
        return WatchSummary(
            rollout: rollout.id, environment: rollout.environment, release: rollout.release, from: from, until: until,
            endedBy: endedBy, services: services, breaches: breaches)
    }
}
