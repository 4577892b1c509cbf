/// A release was taken back by itself: what it cost, until somebody closes it.
package struct Incident: Codable, Sendable, Equatable {
    /// What one service did while the new bundle had some of its work.
    package struct Cost: Codable, Sendable, Equatable {
        package var service: String
        /// Answered or failed by the new bundle.
        package var requests: Int64
        package var failed: Int64
        /// How many clients met a failure at most: one that met several in different looks counts for each. Nil where clients
        /// were not told apart.
        package var clients: Int64?

        package init(service: String, requests: Int64, failed: Int64, clients: Int64? = nil) {
            self.service = service
            self.requests = requests
            self.failed = failed
            self.clients = clients
        }
    }

    /// A share that the new bundle was given.
    package struct Weight: Codable, Sendable, Equatable {
        package var at: Timestamp
        package var service: String
        package var percent: Int

        package init(at: Timestamp, service: String, percent: Int) {
            self.at = at
            self.service = service
            self.percent = percent
        }
    }

    package var id: String
    package var environment: String
    /// The rollout that turned back, or the rollback that the watch began.
    package var rollout: String
    /// What was taken back.
    package var release: String
    /// What serves instead; nil when nothing did before.
    package var restored: String?
    package var openedAt: Timestamp
    /// When the release first had work to do; nil when it never had.
    package var servedSince: Timestamp?
    /// When the last of its work was taken from it; nil when it never had any, or still has.
    package var servedUntil: Timestamp?
    /// What was decided, first the one that turned it back.
    package var verdicts: [String]
    package var costs: [Cost]
    package var weights: [Weight]
    /// How the way back ended.
    package var outcome: Outcome
    package var closedAt: Timestamp?
    package var closedBy: String?
    package var note: String?

    enum CodingKeys: String, CodingKey {
        case id, environment, rollout, release, restored, verdicts, costs, weights, outcome, note
        case openedAt = "opened_at"
        case servedSince = "served_since"
        case servedUntil = "served_until"
        case closedAt = "closed_at"
        case closedBy = "closed_by"
    }

    package init(
        id: String, environment: String, rollout: String, release: String, restored: String? = nil,
        openedAt: Timestamp, servedSince: Timestamp? = nil, servedUntil: Timestamp? = nil, verdicts: [String],
        costs: [Cost] = [], weights: [Weight] = [], outcome: Outcome
    ) {
        self.id = id
        self.environment = environment
        self.rollout = rollout
        self.release = release
        self.restored = restored
        self.openedAt = openedAt
        self.servedSince = servedSince
        self.servedUntil = servedUntil
        self.verdicts = verdicts
        self.costs = costs
        self.weights = weights
        self.outcome = outcome
    }

    package var failed: Int64 { costs.reduce(0) { $0 + $1.failed } }
    package var requests: Int64 { costs.reduce(0) { $0 + $1.requests } }
}
