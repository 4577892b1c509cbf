import Storage

/// Leases as a table within a statement: `column1` is the job, `column2` the epoch.
enum LeaseList {
    static func sql(_ leases: [JobLease]) -> String {
        "VALUES " + Array(repeating: "(?, ?)", count: leases.count).joined(separator: ", ")
    }

    static func arguments(_ leases: [JobLease]) -> [any SQLConvertible] {
        leases.flatMap { [$0.jobID, $0.epoch] as [any SQLConvertible] }
    }

    /// The leases of rows with `id` and `lease_epoch`.
    static func read(_ rows: [Row]) throws -> Set<JobLease> {
        Set(try rows.map { row in JobLease(jobID: try row.get("id"), epoch: try row.get("lease_epoch")) })
    }
}
