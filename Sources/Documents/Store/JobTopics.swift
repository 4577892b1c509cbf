import Storage

/// What waits for jobs listens here.
package enum JobTopics {
    /// A job became claimable.
    package static let jobs = "documents_jobs"

    /// Wakes the workers when the transaction commits.
    static func announceJobs(on connection: any Connection) throws {
        try connection.announce(jobs)
    }
}
