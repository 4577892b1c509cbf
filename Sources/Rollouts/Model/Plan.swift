/// What a rollout would do, before it does anything.
package struct Plan: Codable, Sendable, Equatable {
    package struct Change: Codable, Sendable, Equatable {
        package enum Kind: String, Codable, Sendable { case added, removed, changed }
        package var service: String
        package var name: String
        package var kind: Kind
        package var secret: Bool
        /// Plain values before and after; never those of secrets.
        package var before: String?
        package var after: String?
    }

    package struct Service: Codable, Sendable, Equatable {
        package var name: String
        package var replicas: Int
        /// How many of them start at first; nil for all.
        package var first: Int?
        package var artifactChanged: Bool
        /// One line a step, such as `weight 10%`.
        package var steps: [String]
        /// What response times are compared with, in words; nil where there is nothing yet.
        package var baseline: String?
    }

    package var environment: String
    package var release: String
    package var bundle: Digest
    package var previousRelease: String?
    package var previousBundle: Digest?
    package var changes: [Change]
    /// In the order in which they are rolled out.
    package var services: [Service]
    /// Services of the running bundle that the new one has not.
    package var removed: [String]
    /// The service whose artifact migrates first, if any.
    package var migrates: String?
    /// What the bakes take, in seconds; starts, smoke tests and waiting for evidence come on top.
    package var expectedSeconds: Double
    /// True when the environment runs this bundle already.
    package var nothingToDo: Bool
    /// What else is worth knowing beforehand, a sentence each.
    package var notes: [String]?
    /// Nil where nothing runs yet, and in plans of before it was known.
    package var doubleRunning: DoubleRunning?
    /// What stands in the way now, gate by gate.
    package var gates: [GateResult]?

    enum CodingKeys: String, CodingKey {
        case environment, release, bundle, changes, services, removed, migrates, notes, gates
        case previousRelease = "previous_release"
        case previousBundle = "previous_bundle"
        case expectedSeconds = "expected_seconds"
        case nothingToDo = "nothing_to_do"
        case doubleRunning = "double_running"
    }
}
