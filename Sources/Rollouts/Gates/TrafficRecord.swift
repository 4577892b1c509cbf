import Storage

/// How many requests each service had, and how many failed, hour by hour: what error budgets over weeks are computed from.
/// A row an hour and service, for 91 days.
package enum TrafficRecord {
    package static let retention = Duration.seconds(91 * 86_400)

    /// Adds to the hour of `now`, and forgets what is older than anybody may ask for.
    package static func add(
        _ sum: TrafficSum, environment: String, service: String, now: Timestamp, _ connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO traffic (environment, service, hour, requests, errors, timed, slow) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (environment, service, hour) DO UPDATE SET requests = traffic.requests + excluded.requests,
                errors = traffic.errors + excluded.errors, timed = traffic.timed + excluded.timed,
                slow = traffic.slow + excluded.slow
            """,
            [environment, service, hour(now), sum.requests, sum.errors, sum.timed, sum.slow])
        try connection.execute(
            "DELETE FROM traffic WHERE environment = ? AND service = ? AND hour < ?",
            [environment, service, hour(now - retention)])
    }

    /// The sum of the whole hours that the window touches.
    package static func sum(
        environment: String, service: String, window: Duration, now: Timestamp, _ connection: any Connection
    ) throws -> TrafficSum {
        // The hour in which the window began is left out: most of it may lie before.
        try sum(
            environment: environment, service: service, from: now - window + .seconds(3_600), until: now, connection)
    }

    /// The sum of the whole hours from one moment's to another's.
    package static func sum(
        environment: String, service: String, from: Timestamp, until: Timestamp, _ connection: any Connection
    ) throws -> TrafficSum {
        let row = try connection.first(
            """
            SELECT COALESCE(SUM(requests), 0) AS requests, COALESCE(SUM(errors), 0) AS errors,
                COALESCE(SUM(timed), 0) AS timed, COALESCE(SUM(slow), 0) AS slow
            FROM traffic WHERE environment = ? AND service = ? AND hour >= ? AND hour <= ?
            """, [environment, service, hour(from), hour(until)])
        return try row.map(sum) ?? TrafficSum()
    }

    private static func sum(_ row: Row) throws -> TrafficSum {
        TrafficSum(
            requests: try row.get("requests"), errors: try row.get("errors"), timed: try row.get("timed"),
            slow: try row.get("slow"))
    }

    private static func hour(_ moment: Timestamp) -> Int64 { moment.microseconds / 3_600_000_000 }

    // MARK: Failing verdicts of the watch

    /// A verdict failed on what the environment runs; one a minute is kept.
    package static func breach(
        environment: String, release: Digest, why: String, now: Timestamp, _ connection: any Connection
    ) throws {
        let minute = now.microseconds / 60_000_000
        try connection.execute(
            """
            INSERT INTO breaches (environment, release_digest, minute, why) VALUES (?, ?, ?, ?)
            ON CONFLICT (environment, release_digest, minute) DO NOTHING
            """, [environment, release.text, minute, why])
        let oldest = (now - retention).microseconds / 60_000_000
        try connection.execute("DELETE FROM breaches WHERE environment = ? AND minute < ?", [environment, oldest])
    }

    /// How often one failed from one moment to another; nil when none did.
    package static func breaches(
        environment: String, release: Digest, from: Timestamp, until: Timestamp, _ connection: any Connection
    ) throws -> WatchSummary.Breaches? {
        let rows = try connection.query(
            """
            SELECT minute, why FROM breaches
            WHERE environment = ? AND release_digest = ? AND minute >= ? AND minute <= ? ORDER BY minute
            """,
            [environment, release.text, from.microseconds / 60_000_000, until.microseconds / 60_000_000])
        return try rows.first.map { first in
            WatchSummary.Breaches(
                minutes: rows.count, first: Timestamp(microseconds: try first.get("minute") * 60_000_000),
                why: try first.get("why"))
        }
    }

    /// The minutes in which one failed, oldest first.
    package static func breaches(
        environment: String, release: Digest, _ connection: any Connection
    ) throws -> [Timestamp] {
        let rows = try connection.query(
            "SELECT minute FROM breaches WHERE environment = ? AND release_digest = ? ORDER BY minute",
            [environment, release.text])
        // The end of the minute: what failed in it has failed until then.
        return try rows.map { Timestamp(microseconds: (try $0.get("minute") + 1) * 60_000_000) }
    }
}

extension Timestamp {
    package static func - (time: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(microseconds: time.microseconds - duration.microseconds)
    }
}
