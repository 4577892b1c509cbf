import Storage

/// A job's last step: nothing is left to do, and nothing else is written with it.
package struct JobCompletion: Sendable {
    package var lease: JobLease
    /// What tells of it; `finalized` follows by itself.
    package var events: [JobEvent]

    package init(lease: JobLease, events: [JobEvent]) {
        self.lease = lease
        self.events = events
    }
}

/// Ends of many jobs in one transaction.
package enum JobCompletions {
    /// What SQLite takes in one statement is 32,766 values.
    package static let most = 1000

    /// The statuses from which a job may complete, as the machine has it.
    private static let sources = JobStatus.path.filter { status in
        var machine = JobMachine(status: status, state: .working)
        do { return try machine.handle(.advanced(to: .complete)) == .finished } catch { return false }
    }

    /// Completes those jobs whose lease holds, with their events, in a few statements however many they are. Others are
    /// left alone. The statement that checks a lease is the one that changes the job, so that read committed is enough.
    /// - Parameter completions: at most `most`, of different jobs.
    /// - Returns: the leases whose jobs are complete now; the others are lost.
    package static func store(
        _ completions: [JobCompletion], now: Int64, on connection: any Connection
    ) throws -> Set<JobLease> {
        var complete: Set<JobLease> = []
        for group in groups(completions) {
            complete.formUnion(try store(group.leases, telling: group.events, now: now, on: connection))
        }
        return complete
    }

    /// Those with the same events go together. By job, so that two transactions lock in the same order.
    private static func groups(
        _ completions: [JobCompletion]
    ) -> [(leases: [JobLease], events: [JobEvent])] {
        var groups: [(leases: [JobLease], events: [JobEvent])] = []
        var places: [[JobEvent]: Int] = [:]
        for completion in completions.sorted(by: { $0.lease.jobID < $1.lease.jobID }) {
            if let place = places[completion.events] {
                groups[place].leases.append(completion.lease)
            } else {
                places[completion.events] = groups.count
                groups.append(([completion.lease], completion.events))
            }
        }
        return groups
    }

    private static func store(
        _ leases: [JobLease], telling events: [JobEvent], now: Int64, on connection: any Connection
    ) throws -> Set<JobLease> {
        let told = events + [JobEvent(.finalized, code: "complete")]
        let places = sources.map { _ in "?" }.joined(separator: ", ")
        let rows = try connection.query(
            """
            UPDATE jobs SET status = ?, state = ?, updated_at = ?, last_error = NULL, lease_owner = NULL,
                lease_expires_at = NULL, event_count = event_count + ?
            FROM (\(LeaseList.sql(leases))) AS held
            WHERE id = held.column1 AND lease_epoch = held.column2 AND state = ? AND status IN (\(places))
            RETURNING id, lease_epoch
            """,
            [JobStatus.complete.rawValue, JobState.done.rawValue, now, told.count] + LeaseList.arguments(leases)
                + [JobState.working.rawValue] + sources.map(\.rawValue))
        let complete = try LeaseList.read(rows)
        if !complete.isEmpty { try append(told, to: complete.map(\.jobID), now: now, on: connection) }
        return complete
    }

    /// Numbered back from the job's count, which has them already.
    private static func append(
        _ events: [JobEvent], to jobs: [String], now: Int64, on connection: any Connection
    ) throws {
        for (index, event) in events.enumerated() {
            let sequence = "j.event_count - \(events.count - 1 - index)"
            try connection.execute(
                """
                INSERT INTO job_events (id, job_id, sequence, kind, severity, code, detail, correlation_id, created_at)
                SELECT j.id || ':' || (\(sequence)), j.id, \(sequence), ?, ?, ?, ?, j.correlation_id, ?
                FROM jobs j WHERE j.id IN (\(jobs.map { _ in "?" }.joined(separator: ", ")))
                """,
                [event.kind.rawValue, event.severity.rawValue, event.code, event.detail, now] + jobs)
        }
    }
}
