import Definitions

/// What an environment's definition says about alerts, ready to be used.
package struct AlertPlan: Sendable {
    package var rules: [AlertRule]
    package var metrics: [(rule: String, metric: MetricThreshold)]
    package var routing: AlertRouting
    package var heartbeats: [Placed<Duration>]
    package var prometheus: String?
    package var access: PrometheusAccess?

    /// - Parameter files: the project's rule files, by path.
    package init(_ environment: Environment, files: [String: [UInt8]]) {
        let rules = AlertRules(environment.alerts, files: files)
        self.rules = rules.rules
        metrics = rules.metrics
        routing = AlertRouting(environment.alerts)
        heartbeats = environment.alerts.heartbeats
        prometheus = environment.prometheus?.value
        access = environment.prometheusAccess
    }

    /// Only what is built in: for an environment whose file has never been read without errors. It ends nothing that others find,
    /// and nobody is told of anything.
    package init() {
        let nothing = AlertDefinition(receivers: [])
        rules = AlertRules(nothing, files: [:]).rules
        metrics = []
        routing = AlertRouting(nothing, isKnown: false)
        heartbeats = []
    }
}
