/// AWS CodeDeploy: an alarm stops the deployment and restores the last good revision. It names no alarm of its own; this is
/// the one that CloudWatch's "Recommended alarms" gives for a rate of server errors (API Gateway, `5XXError`): the average over 60 s
/// above 0.05, three datapoints of three.
///
/// A minute without requests has no datapoint and is left out, as missing data are by default. The alarm is taken to act at
/// once: neither the delay of metrics nor that of the deployment is counted. `CodeDeployDefault.ECSCanary10Percent5Minutes` would
/// give the release all of the traffic after five minutes; here the canary stays.
struct AlarmPolicy: RollbackPolicy {
    private var window = MinuteWindow()
    private var breaching = 0

    mutating func observe(_ tick: Tick) -> Ruling {
        guard let rate = window.add(tick)?.errorRate else { return .watch }
        breaching = rate > 0.05 ? breaching + 1 : 0
        return breaching >= 3 ? .rollBack : .watch
    }
}

/// The circuit breaker of Amazon ECS: half of the desired tasks, at least 3 and at most 200, that fail to start or fail their
/// health checks (docs.aws.amazon.com, "How the Amazon ECS deployment circuit breaker detects failures"). It knows no requests.
struct CircuitBreakerPolicy: RollbackPolicy {
    var desired = 10
    private var failed = 0

    init() {}

    private var threshold: Int { min(max(desired / 2, 3), 200) }

    mutating func observe(_ tick: Tick) -> Ruling {
        failed += tick.failedTasks
        if failed >= threshold { return .rollBack }
        // A deployment whose tasks all run is complete, and then nothing is counted any more.
        return tick.failedTasks == 0 ? .pass : .watch
    }
}
