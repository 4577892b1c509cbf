extension AlertSeries {
    /// What it tells, in a sentence.
    package var help: String {
        switch self {
        case .rolloutRolledBack: "Whether the last rollout was taken back."
        case .rolloutRollbackFailed: "Whether the last rollout could not be taken back."
        case .rolloutAge: "How long the rollout that is under way has been going on."
        case .serviceDown: "Whether none of a service's instances is ready, or one fails its health checks."
        case .serviceReady: "The share of a service's instances that are ready."
        case .serviceRestarts: "The most restarts of an instance of the service."
        case .thresholdBreached: "Whether a threshold is breached, or an error budget burns."
        case .errorRate: "The share of requests, or of jobs, that fail over the judge's window."
        case .budgetUsed: "How much of a budget is spent, 1 for all of it."
        case .budgetWarning: "How much of a budget is spent, from one of its warning levels on; 0 before."
        case .budgetReached: "Whether a budget or a limit of requests is reached."
        case .budgetFrozen: "Whether a call did cost more than was held for it, so that nothing more is held."
        case .diskShort: "Whether the disk of the control plane's state has no room for anything new."
        case .diskAvailable: "The room on the disk of the control plane's state."
        case .certificateUrgency: "1 when a certificate of the router ends soon, 2 when very soon."
        case .certificateInvalid: "Whether the router does not take a certificate."
        case .driftLasting: "Whether what runs has differed from what is defined for longer than it may."
        case .heartbeatLate: "How long ago a heartbeat was due; 0 while it is not."
        case .notificationWaiting: "How long the oldest notification has been waiting for a receiver that failed."
        case .machineLoad: "The machine's load of the last five minutes, a processor."
        case .machineMemory: "The share of the machine's memory that is in use."
        case .machineDisk: "The share of the disk of the control plane's state that is in use."
        case .ruleWithoutData: "How long a rule has had nothing to look at."
        case .always: "Always 1."
        }
    }

    /// As OpenMetrics has it, the end of the name; nil for what has none.
    package var unit: String? { ["seconds", "bytes", "ratio"].first { rawValue.hasSuffix("_\($0)") } }
}
