import OpenMetrics
import Storage

/// What stands in an environment's database, as figures: the same whichever process tells them.
package struct EnvironmentFigures: Sendable, Equatable {
    package struct Jobs: Sendable, Equatable {
        package var status: JobStatus
        package var state: JobState
        package var count: Int
    }

    /// Jobs that are not done, by status and state. Those that are done only grow in number; workers count them as they end.
    package var jobs: [Jobs]
    package var queue: QueueFigures
    /// Users who have made a request within the hour that runs.
    package var activeUsers: Int
    /// Logins that may be refreshed still.
    package var sessions: Int

    /// Each of the queries reads an index, and no more of it than it counts.
    package static func read(now: Int64, on connection: any Connection) throws -> EnvironmentFigures {
        let jobs = try connection.query(
            """
            SELECT status, state, COUNT(*) AS n FROM jobs WHERE state IN ('queued', 'retryable') GROUP BY status, state
            UNION ALL SELECT status, state, COUNT(*) FROM jobs WHERE state = 'working' GROUP BY status, state
            UNION ALL SELECT status, state, COUNT(*) FROM jobs WHERE state = 'deadletter' GROUP BY status, state
            ORDER BY 1, 2
            """)
        let counts = try connection.query(
            """
            SELECT (SELECT COUNT(*) FROM refresh_tokens WHERE used_at IS NULL AND expires_at > ?) AS sessions,
                (SELECT COUNT(*) FROM request_counts
                 WHERE name >= 'requests:' AND name < 'requests;' AND window_start = ?) AS users
            """, [now, now - now % RequestLimits.hour])[0]
        return EnvironmentFigures(
            jobs: try jobs.map { row in
                Jobs(status: try row.name("status"), state: try row.name("state"), count: try row.get("n"))
            },
            queue: try JobList.queue(now: now, on: connection), activeUsers: try counts.get("users"),
            sessions: try counts.get("sessions"))
    }

    package func write(to text: inout OpenMetricsText) {
        text.family("pipeline_open_jobs", "gauge", "Jobs that are not done, in the whole environment.")
        for group in jobs {
            text.sample(
                "pipeline_open_jobs", ["status": group.status.rawValue, "state": group.state.rawValue], group.count)
        }
        queue.write(to: &text)
        text.gauge("pipeline_active_users", "Users with a request within this clock hour.", activeUsers)
        text.gauge("pipeline_sessions", "Logins that may be refreshed still.", sessions)
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
