import Rollouts

/// Something that somebody should know about, and act on by a runbook.
package struct Alert: Codable, Sendable, Equatable {
    package enum Severity: String, Codable, Sendable { case warning, critical }

    package enum State: String, Codable, Sendable { case firing, resolved }

    /// Such as `ReleaseRolledBack`; with `environment` and `service` it is the alert's identity.
    package var name: String
    package var environment: String
    package var service: String?
    /// The release concerned, where each release's alert is one of its own.
    package var release: String?
    package var severity: Severity
    /// One sentence: what is the matter.
    package var summary: String
    /// What to do first.
    package var action: String
    /// The page to follow, relative to the project.
    package var runbook: String
    package var state: State
    package var since: Timestamp
    package var endedAt: Timestamp?

    package init(
        name: String, environment: String, service: String? = nil, release: String? = nil, severity: Severity,
        summary: String,
        action: String, runbook: String, state: State = .firing, since: Timestamp, endedAt: Timestamp? = nil
    ) {
        self.name = name
        self.environment = environment
        self.service = service
        self.release = release
        self.severity = severity
        self.summary = summary
        self.action = action
        self.runbook = runbook
        self.state = state
        self.since = since
        self.endedAt = endedAt
    }

    /// What tells alerts apart: the same condition at the same place is the same alert.
    package var key: String {
        ([environment, service ?? "-", name] + (release.map { [$0] } ?? [])).joined(separator: "/")
    }
}
