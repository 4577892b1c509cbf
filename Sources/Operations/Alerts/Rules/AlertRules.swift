import Definitions

/// The rules of an environment: those that are built in, and those of the files that it names.
package struct AlertRules: Sendable {
    static let watchdog = "Watchdog"

    package var rules: [AlertRule]

    /// Those that are built in. They are read once, and never change.
    package static let builtIn: [AlertRule] = {
        AlertRuleFile.read(PackageResources.built_in_yaml, path: "alerts/built-in.yaml").file?.rules ?? []
    }()

    /// - Parameter files: the project's, by path. What cannot be read is left out: validation has said why.
    package init(_ definition: AlertDefinition, files: [String: [UInt8]]) {
        var rules = Self.builtIn
        if definition.watchdog == nil { rules.removeAll { $0.name == Self.watchdog } }
        for path in definition.rules {
            guard let bytes = files[path.value],
                let own = AlertRuleFile.read(bytes, path: path.value).file?.rules
            else { continue }
            let replaced = Set(own.map(\.id))
            rules.removeAll { replaced.contains($0.id) }
            rules += own
        }
        self.rules = rules
    }

    /// What rules measure of services' instances and of a Prometheus.
    package var metrics: [(rule: String, metric: MetricThreshold)] {
        rules.compactMap { rule in
            guard case .metric(let metric) = rule.source else { return nil }
            var own = metric
            own.name = rule.id
            return (rule.id, own)
        }
    }
}
