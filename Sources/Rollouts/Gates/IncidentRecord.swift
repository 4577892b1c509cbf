import Storage

/// Incidents as rows, opened by outcomes and closed by people.
package enum IncidentRecord {
    /// A second time for the same rollout changes nothing.
    package static func open(_ incident: Incident, _ connection: any Connection) throws {
        try connection.execute(
            """
            INSERT INTO incidents (id, environment, opened_at, closed_at, document) VALUES (?, ?, ?, NULL, ?)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                incident.id, incident.environment, incident.openedAt.microseconds,
                try CanonicalJSON.encode(incident),
            ])
    }

    /// The newest that is open.
    package static func open(_ environment: String, _ connection: any Connection) throws -> Incident? {
        let row = try connection.first(
            """
            SELECT document FROM incidents WHERE environment = ? AND closed_at IS NULL
            ORDER BY opened_at DESC, id DESC LIMIT 1
            """, [environment])
        return try row.map(decode)
    }

    /// Newest first, at most 200.
    package static func list(_ environment: String, _ connection: any Connection) throws -> [Incident] {
        try connection.query(
            "SELECT document FROM incidents WHERE environment = ? ORDER BY opened_at DESC, id DESC LIMIT 200",
            [environment]
        ).map(decode)
    }

    /// - Throws: `GateError.unknownIncident`.
    package static func incident(_ id: String, _ connection: any Connection) throws -> Incident {
        guard let row = try connection.first("SELECT document FROM incidents WHERE id = ?", [id]) else {
            throw GateError.unknownIncident(id)
        }
        return try decode(row)
    }

    /// Closing what is closed adds nothing.
    package static func close(
        _ id: String, by actor: String, note: String, now: Timestamp, _ connection: any Connection
    ) throws -> Incident {
        var incident = try incident(id, connection)
        guard incident.closedAt == nil else { return incident }
        (incident.closedAt, incident.closedBy, incident.note) = (now, actor, note)
        try connection.execute(
            "UPDATE incidents SET closed_at = ?, document = ? WHERE id = ?",
            [now.microseconds, try CanonicalJSON.encode(incident), id])
        return incident
    }

    private static func decode(_ row: Row) throws -> Incident {
        try CanonicalJSON.decode(Incident.self, try row.get("document"))
    }
}
