import Rollouts

/// What `POST /api/v2/alerts` of an Alertmanager takes (`api/v2/openapi.yaml`, `postableAlerts`).
struct AlertmanagerAlert: Codable, Equatable {
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String
    var generatorURL: String

    /// Alertmanager believes that an alert is over when it is not told again. It is told again each `repeatEvery`, and
    /// believes until twice that.
    /// - Parameter now: when it is sent, which may be long after it was queued.
    static func list(_ notification: AlertNotification, base: String, now: Timestamp) -> [AlertmanagerAlert] {
        notification.alerts.map { alert in
            AlertmanagerAlert(
                // A label without a value is one that is not there.
                labels: alert.labels.filter { !$0.value.isEmpty }, annotations: alert.annotations,
                startsAt: alert.since.rfc3339,
                endsAt: alert.isFiring
                    ? (max(now, notification.at) + notification.repeatEvery * 2).rfc3339
                    : (alert.endedAt ?? notification.at).rfc3339,
                generatorURL: "\(base)/environments/\(alert.environment)")
        }
    }
}
