import Storage

/// The rows of `jobs`, for the functions that move them.
enum JobRows {
    static func find(_ id: String, on connection: any Connection) throws -> JobRecord? {
        let sql = "SELECT \(JobRecord.columns) FROM \(JobRecord.tables) WHERE j.id = ?"
        return try connection.query(sql, [id]).first.map { row in try JobRecord(row: row) }
    }

    /// Reads a job that is about to be changed, so that nobody else changes it first.
    static func locked(_ id: String, on connection: any Connection) throws -> JobRecord? {
        if connection.dialect == .postgresql {
            _ = try connection.query("SELECT id FROM jobs WHERE id = ? FOR UPDATE", [id])
        }
        return try find(id, on: connection)
    }

    /// Writes what the machine decided. Leaving `working` ends the lease.
    static func update(
        _ job: JobRecord, to machine: JobMachine, now: Int64, on connection: any Connection
    ) throws {
        let ended = machine.state == .working ? "" : ", lease_owner = NULL, lease_expires_at = NULL"
        try connection.execute(
            """
            UPDATE jobs SET status = ?, state = ?, retry_count = ?, lost_leases = ?, updated_at = ?\(ended)
            WHERE id = ?
            """,
            [
                machine.status.rawValue, machine.state.rawValue, machine.retryCount, machine.lostLeases, now, job.id,
            ])
    }
}
