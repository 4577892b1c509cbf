import Storage

/// What services were under the bundles that proved themselves, and which of that is in force.
package enum BaselineRecord {
    package struct Entry: Sendable, Equatable {
        package var baseline: LatencyBaseline
        package var recordedAt: Timestamp
    }

    /// How many bundles' measurements are kept for a service.
    static let kept = 20

    /// By service.
    package static func inForce(_ environment: String, _ connection: any Connection) throws -> [String: Entry] {
        let rows = try connection.query(
            "SELECT service, document, recorded_at FROM baselines WHERE environment = ?", [environment])
        return try rows.reduce(into: [:]) { $0[try $1.get("service")] = try entry($1) }
    }

    /// What was measured under each bundle, newest first.
    package static func measured(
        _ environment: String, service: String, _ connection: any Connection
    ) throws -> [Entry] {
        try connection.query(
            """
            SELECT document, recorded_at FROM measurements WHERE environment = ? AND service = ?
            ORDER BY recorded_at DESC, bundle
            """, [environment, service]
        ).map(entry)
    }

    /// Puts a baseline in force, until the next bundle proves itself.
    package static func set(
        _ baseline: LatencyBaseline, environment: String, service: String, now: Timestamp, _ connection: any Connection
    ) throws {
        try connection.execute(
            """
            INSERT INTO baselines (environment, service, document, recorded_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (environment, service) DO UPDATE
            SET document = excluded.document, recorded_at = excluded.recorded_at
            """, [environment, service, try CanonicalJSON.encode(baseline), now.microseconds])
    }

    /// Keeps what was measured while the rollout's bundle proved itself, and puts it in force.
    static func record(_ rollout: Rollout, _ now: Timestamp, _ connection: any Connection) throws {
        for (service, baseline) in rollout.measured {
            try set(baseline, environment: rollout.environment, service: service, now: now, connection)
            try connection.execute(
                """
                INSERT INTO measurements (environment, service, bundle, document, recorded_at) VALUES (?, ?, ?, ?, ?)
                ON CONFLICT (environment, service, bundle) DO UPDATE
                SET document = excluded.document, recorded_at = excluded.recorded_at
                """,
                [
                    rollout.environment, service, baseline.bundle.text, try CanonicalJSON.encode(baseline),
                    now.microseconds,
                ])
            try forget(rollout.environment, service, connection)
        }
    }

    private static func forget(_ environment: String, _ service: String, _ connection: any Connection) throws {
        for old in try measured(environment, service: service, connection).dropFirst(kept) {
            try connection.execute(
                "DELETE FROM measurements WHERE environment = ? AND service = ? AND bundle = ?",
                [environment, service, old.baseline.bundle.text])
        }
    }

    private static func entry(_ row: Row) throws -> Entry {
        Entry(
            baseline: try CanonicalJSON.decode(LatencyBaseline.self, try row.get("document")),
            recordedAt: Timestamp(microseconds: try row.get("recorded_at")))
    }
}

/// One service's baselines.
package struct ServiceBaselines: Sendable, Equatable {
    package var service: String
    /// What rollouts are compared with.
    package var inForce: BaselineRecord.Entry?
    /// Newest first.
    package var measured: [BaselineRecord.Entry]
}
