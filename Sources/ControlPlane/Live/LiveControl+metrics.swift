import Definitions
import Logging
import OpenMetrics
import Operations
import Rollouts

extension LiveControl {
    /// When the database does not answer, its figures are left out, and `tidegate_database_up` says so.
    package func metrics() async throws -> OpenMetricsText {
        var text = OpenMetricsText()
        text.info("target", "What runs here.", ["service_name": "tidegate", "project": parts.identity.project])
        let environments = try parts.environments.names().map { name in
            (name: name, receivers: try parts.environments.known(name).definition?.alerts.receivers.map(\.name) ?? [])
        }
        let figures: AlertFigures?
        do { figures = try await parts.alerts.figures() } catch {
            parts.logger.warning("alerts cannot be counted", metadata: ["error": "\(error)"])
            figures = nil
        }
        text.gauge("tidegate_database_up", "Whether the control plane's database answers.", figures == nil ? 0 : 1)
        figures?.write(to: &text, environments: environments, now: now)
        parts.alertMetrics.write(to: &text, now: now)
        return text
    }
}
