import OpenMetrics
import Storage

/// What stands in an environment's database, as figures: the same whichever process tells them.
package struct EnvironmentFigures: Sendable, Equatable {
    package struct Jobs: Sendable, Equatable {
        package var status: JobStatus
        package var state: JobState
        package var count: Int
        /// When the first of them was announced, in microseconds since 1970; nil where nobody waits for them.
        package var oldest: Int64?
    }

    /// Jobs that are not done, by status and state. Those that are done only grow in number; workers count them as they end.
    package var jobs: [Jobs]
    /// When they were counted, in microseconds since 1970.
    package var now: Int64
    package var queue: QueueFigures
    /// Users who have made a request within the hour that runs.
    package var activeUsers: Int
    /// Logins that may be refreshed still.
    package var sessions: Int

    /// Each of the queries reads an index, and no more of it than it counts.
    package static func read(now: Int64, on connection: any Connection) throws -> EnvironmentFigures {
        let jobs = try connection.query(
            """
            SELECT status, state, COUNT(*) AS n, MIN(created_at) AS oldest FROM jobs
                WHERE state IN ('queued', 'retryable') GROUP BY status, state
            UNION ALL SELECT status, state, COUNT(*), MIN(created_at) FROM jobs
                WHERE state = 'working' GROUP BY status, state
            UNION ALL SELECT status, state, COUNT(*), NULL FROM jobs WHERE state = 'deadletter' GROUP BY status, state
            ORDER BY 1, 2
            """)
        let counts = try connection.query(
            """
            SELECT (SELECT COUNT(*) FROM refresh_tokens WHERE used_at IS NULL AND expires_at > ?) AS sessions,
                (SELECT COUNT(*) FROM request_counts
                 WHERE substr(name, 1, 9) = 'requests:' AND window_start = ?) AS users
            """, [now, now - now % RequestLimits.hour])[0]
        return EnvironmentFigures(
            jobs: try jobs.map { row in
                Jobs(
                    status: try row.name("status"), state: try row.name("state"), count: try row.get("n"),
                    oldest: try row.get("oldest"))
            }, now: now,
            queue: try JobList.queue(now: now, on: connection), activeUsers: try counts.get("users"),
            sessions: try counts.get("sessions"))
    }

    package func write(to text: inout OpenMetricsText) {
        writeJobs(to: &text)
        queue.write(to: &text)
        text.gauge("pipeline_active_users", "Users with a request within this clock hour.", activeUsers)
        text.gauge("pipeline_sessions", "Logins that may be refreshed still.", sessions)
    }
}

extension EnvironmentFigures {
    /// Also what there is none of, so that whoever watches learns that it is over.
    private func writeJobs(to text: inout OpenMetricsText) {
        let states: [JobState] = [.queued, .working, .retryable]
        let usual = JobStatus.allCases.flatMap { status in
            status.isFailure
                ? [Jobs(status: status, state: .deadletter, count: 0)]
                : status.isTerminal ? [] : states.map { Jobs(status: status, state: $0, count: 0) }
        }
        let missing = usual.filter { none in
            !jobs.contains { $0.status == none.status && $0.state == none.state }
        }
        text.family("pipeline_open_jobs", "gauge", "Jobs that are not done, in the whole environment.")
        for group in jobs + missing {
            text.sample(
                "pipeline_open_jobs", ["status": group.status.rawValue, "state": group.state.rawValue], group.count)
        }
        let name = "pipeline_oldest_job_age_seconds"
        text.family(
            name, "gauge", "How long ago the oldest job was announced that a worker is to bring on, by its status.",
            unit: "seconds")
        for status in JobStatus.allCases where status.nextStage != nil {
            let oldest = jobs.filter { $0.status == status }.compactMap(\.oldest).min()
            let age = oldest.map { max(0, Double(now - $0) / 1_000_000) } ?? 0
            text.sample(name, ["status": status.rawValue], age)
        }
    }
}

extension QueueFigures {
    package func write(to text: inout OpenMetricsText) {
        text.gauge(
            "pipeline_queue_waiting_jobs", "Jobs that could be claimed, in the whole environment.", waiting)
        text.gauge(
            "pipeline_queue_age_seconds", "How long the oldest of them has waited.", unit: "seconds",
            Double(oldestAge) / 1_000_000)
    }
}

extension DocumentsSchema {
    /// Where a job stands in a distributed trace (`TraceContext.stored`), and what the figures read.
    static let tracesAndFigures = [
        "ALTER TABLE jobs ADD COLUMN trace_context TEXT",
        "CREATE INDEX jobs_dead ON jobs (status) WHERE state = 'deadletter'",
        "CREATE INDEX refresh_tokens_live ON refresh_tokens (expires_at) WHERE used_at IS NULL",
    ]
}
