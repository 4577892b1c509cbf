/// What stands under `alerts:` in a file, by itself: for whoever has only that, such as tests of rules.
package enum DecodedAlerts {
    /// What cannot be read is left out.
    package static func read(_ text: String) -> AlertDefinition {
        let document = YAMLDocument.parse(Array(text.utf8), file: "alerts.yaml")
        guard let alerts = document.root?["alerts"] else { return AlertDefinition(receivers: []) }
        let reader = YAMLReader(alerts, path: "alerts", collector: FindingCollector())
        return EnvironmentDecoder(name: "", project: "").alerts(reader) ?? AlertDefinition(receivers: [])
    }
}
