/// The series that Tidegate itself knows, for `series:` of a rule. Those that say yes or no are 1 or 0.
package enum AlertSeries: String, CaseIterable, Sendable {
    /// The last rollout was taken back. Label `release`; notes `why`, `serving`, `rollout`.
    case rolloutRolledBack = "rollout_rolled_back"
    /// The last rollout could not be taken back. Likewise.
    case rolloutRollbackFailed = "rollout_rollback_failed"
    /// How long the rollout that is under way has been going on, in seconds; 0 without one. Note `rollout`.
    case rolloutAge = "rollout_age_seconds"
    /// None of a service's instances is ready, or one fails its health checks. Label `service`; note `detail`.
    case serviceDown = "service_down"
    /// The share of a service's instances that are ready, 0 to 1. Label `service`; notes `ready`, `desired`.
    case serviceReady = "service_ready_ratio"
    /// The most restarts of an instance of the service. Label `service`.
    case serviceRestarts = "service_restarts"
    /// A threshold is breached, or an error budget burns. Label `service`; note `detail`.
    case thresholdBreached = "threshold_breached"
    /// The share of requests, or of jobs, that fail over the judge's window. Label `service`; note `samples`.
    case errorRate = "error_rate"
    /// How much of a budget or of a limit of requests is used, 1 for all of it. Label `scope`; notes `used`, `period`,
    /// `consequence`: what happens at the limit.
    case budgetUsed = "budget_used_ratio"
    /// The same from each of its warning levels on, and 0 before. Labels `scope`, `level`; notes likewise.
    case budgetWarning = "budget_warning_ratio"
    /// A budget or a limit of requests is reached. Label `scope`; notes likewise.
    case budgetReached = "budget_reached"
    /// A call did cost more than was held for it, so that nothing more is held for its provider. Label `scope`; note `overage`.
    case budgetFrozen = "budget_frozen"
    /// The disk of the control plane's state has no room for anything new. Notes `place`, `available`.
    case diskShort = "disk_short"
    /// The room on that disk in bytes. Note `place`.
    case diskAvailable = "disk_available_bytes"
    /// 1 when a certificate of the router ends soon, 2 when very soon. Note `detail`.
    case certificateUrgency = "certificate_urgency"
    /// The router does not take a certificate. Note `detail`.
    case certificateInvalid = "certificate_invalid"
    /// What runs has differed from what is defined for longer than it may. Note `detail`.
    case driftLasting = "drift_lasting"
    /// Seconds since a heartbeat was due; 0 while it is not. Labels `heartbeat`; note `last`.
    case heartbeatLate = "heartbeat_late_seconds"
    /// How long the oldest notification for a receiver has been waiting, in seconds. Label `receiver`; note `failure`.
    case notificationWaiting = "notification_waiting_seconds"
    /// The machine's load of the last five minutes, a processor.
    case machineLoad = "machine_load"
    /// The share of the machine's memory that is in use, 0 to 1.
    case machineMemory = "machine_memory_used_ratio"
    /// The share of the disk of the control plane's state that is in use, 0 to 1. Note `place`.
    case machineDisk = "machine_disk_used_ratio"
    /// How long a rule has had nothing to look at, in seconds. Label `rule`; note `detail`.
    case ruleWithoutData = "rule_without_data_seconds"
    /// 1, always.
    case always = "always"
}
