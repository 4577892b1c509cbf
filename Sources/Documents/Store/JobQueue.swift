import Storage

/// Who asks for a job, and what it may take.
package struct ClaimRequest: Sendable {
    /// The worker instance.
    package var owner: String
    package var release: String
    package var share: JobBuckets
    /// Only jobs that need one of these next: a stage whose provider is out is left out.
    package var stages: [JobStage]
    /// Only jobs pinned to this release.
    package var pinnedOnly: Bool
    /// Microseconds that the lease holds without renewal.
    package var leaseDuration: Int64
    /// A bucket that nobody has covered for this long (microseconds) is anybody's.
    package var heartbeatTimeout: Int64

    package init(
        owner: String, release: String, share: JobBuckets, stages: [JobStage] = JobStage.allCases,
        pinnedOnly: Bool = false, leaseDuration: Int64, heartbeatTimeout: Int64
    ) {
        self.owner = owner
        self.release = release
        self.share = share
        self.stages = stages
        self.pinnedOnly = pinnedOnly
        self.leaseDuration = leaseDuration
        self.heartbeatTimeout = heartbeatTimeout
    }
}

/// The right to work on one job, until it expires or somebody newer holds it.
package struct JobLease: Sendable, Hashable {
    package let jobID: String
    package let epoch: Int

    package init(jobID: String, epoch: Int) {
        self.jobID = jobID
        self.epoch = epoch
    }
}

package struct ClaimedJob: Sendable, Equatable {
    package let job: JobRecord
    package let lease: JobLease
    /// Microseconds from when the job became claimable to now.
    package let waited: Int64
}

/// The lease is no longer held: it expired and the job was given to somebody else, or the job was deleted. Whoever
/// meets this stops working on the job; nothing was written.
package struct LeaseLost: Error, Sendable, Equatable, CustomStringConvertible {
    package let jobID: String

    package init(jobID: String) { self.jobID = jobID }

    package var description: String { "The lease on job \(jobID) is lost: somebody else has it, or it was deleted." }
}

/// How workers take jobs and let go of them. Each function is part of the caller's transaction.
package enum JobQueue {
    /// Takes the oldest job that the caller may have, and leases it to the caller.
    ///
    /// A job pinned to a release goes to a worker of that release, whatever its share. Others go by bucket: to the
    /// worker whose share covers it, or to anybody when nobody has covered it for the heartbeat's time-out.
    package static func claim(
        _ request: ClaimRequest, now: Int64, on connection: any Connection
    ) throws -> ClaimedJob? {
        try claim(request, limit: 1, now: now, on: connection).first
    }

    /// The same for up to `limit` jobs, oldest first, in one statement. It checks and changes the same rows, so that read
    /// committed is enough.
    package static func claim(
        _ request: ClaimRequest, limit: Int, now: Int64, on connection: any Connection
    ) throws -> [ClaimedJob] {
        let statuses = request.stages.flatMap(\.statuses).map(\.rawValue)
        guard !statuses.isEmpty, limit > 0 else { return [] }
        let places = statuses.map { _ in "?" }.joined(separator: ", ")
        let rows = try connection.query(
            """
            WITH oldest AS MATERIALIZED (
                SELECT id FROM jobs
                WHERE state IN ('queued', 'retryable') AND available_at <= ? AND status IN (\(places))
                AND (pin_release = ? OR (\(request.pinnedOnly ? "1 = 0" : "1 = 1") AND pin_release IS NULL AND (
                    (bucket >= ? AND bucket < ?)
                    OR bucket IN (SELECT bucket FROM job_buckets WHERE covered_at <= ?))))
                ORDER BY created_at, id LIMIT ?\(connection.dialect.forUpdateSkipLocked))
            UPDATE jobs SET state = ?, updated_at = ?, lease_epoch = lease_epoch + 1, lease_owner = ?,
                lease_expires_at = ?, worker_release = ?
            WHERE id IN (SELECT id FROM oldest)
            RETURNING \(JobRecord.returned)
            """,
            [now] + statuses + [
                request.release, request.share.lower, request.share.upper, now - request.heartbeatTimeout, limit,
            ] + [
                JobState.working.rawValue, now, request.owner, now + request.leaseDuration, request.release,
            ])
        let jobs = try rows.map { row in try JobRecord(row: row) }
        return jobs.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }.map { job in
            ClaimedJob(
                job: job, lease: JobLease(jobID: job.id, epoch: job.leaseEpoch), waited: max(0, now - job.availableAt))
        }
    }

    /// Extends the leases that are still held.
    /// - Returns: the leases that are lost.
    package static func renew(
        _ leases: [JobLease], duration: Int64, now: Int64, on connection: any Connection
    ) throws -> [JobLease] {
        guard !leases.isEmpty else { return [] }
        let rows = try connection.query(
            """
            UPDATE jobs SET lease_expires_at = ? FROM (\(LeaseList.sql(leases))) AS held
            WHERE id = held.column1 AND lease_epoch = held.column2 AND state = 'working' RETURNING id, lease_epoch
            """, [now + duration] + LeaseList.arguments(leases))
        let renewed = try LeaseList.read(rows)
        return leases.filter { !renewed.contains($0) }
    }

    /// Returns every job whose lease has expired to the queue; one that has lost too many leases goes to the dead
    /// letters, so that a job which kills its workers does not do so for ever.
    /// - Returns: the jobs' ids.
    package static func reap(now: Int64, on connection: any Connection) throws -> [String] {
        let rows = try connection.query(
            """
            SELECT id FROM jobs WHERE state = 'working' AND lease_expires_at < ?
            ORDER BY id LIMIT 100\(connection.dialect.forUpdateSkipLocked)
            """, [now])
        return try lose(rows, now: now, on: connection)
    }

    /// The same for the pinned jobs that this worker held before it was started again, without waiting for their leases:
    /// whoever held them is gone, and a release that kills its workers is to be found out soon. Other jobs wait, so
    /// that a worker which dies again and again does not bury them before somebody takes it back.
    /// - Returns: the jobs' ids.
    package static func reapPinned(
        orphansOf owner: String, now: Int64, on connection: any Connection
    ) throws -> [String] {
        let rows = try connection.query(
            """
            SELECT id FROM jobs WHERE state = 'working' AND lease_owner = ? AND pin_release IS NOT NULL
            ORDER BY id\(connection.dialect.forUpdateSkipLocked)
            """, [owner])
        return try lose(rows, now: now, on: connection)
    }

    private static func lose(_ rows: [Row], now: Int64, on connection: any Connection) throws -> [String] {
        let ids = try rows.map { row in try row.get("id", as: String.self) }
        for id in ids {
            guard let job = try JobRows.find(id, on: connection) else { continue }
            var machine = job.machine
            let consequence = try machine.handle(.leaseExpired)
            try JobRows.update(job, to: machine, now: now, on: connection)
            let event = JobEvent(.retry, code: "lease_expired", severity: .warning)
            try JobEvents.append(event, to: job, now: now, on: connection)
            if consequence == .buried {
                let why = "\(machine.leaseLimit) workers in a row vanished while they worked on this document."
                try bury(job, code: "lost_workers", why: why, now: now, on: connection)
            }
        }
        if !ids.isEmpty { try JobTopics.announceJobs(on: connection) }
        return ids
    }

    static func bury(
        _ job: JobRecord, code: String, why: String, now: Int64, on connection: any Connection
    ) throws {
        try connection.execute("UPDATE jobs SET last_error = ? WHERE id = ?", [why, job.id])
        // The parser may have done its work: what was set aside for it lapses, and is reported as unknown then.
        try ParseRequests.remove(job: job.id, on: connection)
        try JobEvents.append(
            .init(.error, code: code, severity: .error, detail: why), to: job, now: now, on: connection)
        try JobEvents.append(
            .init(.finalized, code: "deadletter", severity: .error), to: job, now: now, on: connection)
    }
}
