import Definitions
import Rollouts

/// One difference between what is defined and what runs.
package struct DriftFinding: Sendable, Equatable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// It runs otherwise than it is defined.
        case stale
        /// It runs and nobody defined it.
        case unasked
        /// It is defined and does not run, or is not ready.
        case down
    }

    /// What differs.
    package enum Subject: String, Sendable, Codable, CaseIterable {
        case variable, secret, replicas, port, health, artifact, strategy, order
        case smoke, thresholds, migrations, service, instance, router
        case rollbackWindow = "rollback_window"
    }

    package enum Change: String, Sendable, Codable { case added, removed, changed }

    /// What it takes until what is defined holds.
    package enum Effect: String, Sendable, Codable {
        /// New instances: a process keeps the values that it was started with.
        case restart
        /// A rollout; the processes could stay as they are.
        case rollout
        /// Nothing now: it says how the next rollout goes. Not drift.
        case nextRollout = "next_rollout"
        /// The instance itself: started again, or stopped.
        case repair
    }

    package var kind: Kind
    /// Nil for what concerns the environment as a whole.
    package var service: String?
    package var instance: String?
    package var subject: Subject
    /// The variable's name, or the key that differs, such as `health.every`.
    package var name: String
    package var change: Change
    /// As shown to people; nil for secrets, and where there is nothing.
    package var before: String?
    package var after: String?
    package var effect: Effect
    /// What is the matter, as a clause without its subject: `runs 10, defined is 20`.
    package var message: String

    package init(
        _ kind: Kind, service: String?, instance: String? = nil, _ subject: Subject, name: String,
        change: Change = .changed, before: String? = nil, after: String? = nil, effect: Effect, message: String
    ) {
        self.kind = kind
        self.service = service
        self.instance = instance
        self.subject = subject
        self.name = name
        self.change = change
        self.before = before
        self.after = after
        self.effect = effect
        self.message = message
    }

    /// What tells findings apart: the same difference at the same place is the same finding, since when it was first seen.
    package var key: String {
        [kind.rawValue, service ?? "-", instance ?? "-", subject.rawValue, name].joined(separator: "/")
    }
}

/// Since when something has been so, and what brought it about.
package struct DriftOrigin: Sendable, Equatable {
    /// The commit that last changed a line.
    package struct Commit: Sendable, Equatable {
        package var id: String
        package var author: String
        package var subject: String
        package var at: Timestamp

        package init(id: String, author: String, subject: String, at: Timestamp) {
            self.id = id
            self.author = author
            self.subject = subject
            self.at = at
        }
    }

    package enum History: Sendable, Equatable {
        case commit(Commit)
        case uncommitted
        /// The project is no checkout, or its history could not be asked.
        case unknown
    }

    /// The line of the definition that differs; nil when it is no line.
    package var place: Place?
    package var history: History
    /// What brought it about, where that is no line: "its source gave another value".
    package var text: String?

    package init(place: Place? = nil, history: History = .unknown, text: String? = nil) {
        self.place = place
        self.history = history
        self.text = text
    }
}
