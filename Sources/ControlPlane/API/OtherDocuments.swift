import Secrets

/// One line of the list of environments.
package struct EnvironmentDocument: Codable, Sendable, Equatable {
    package var name: String
    package var kind: String
    package var platform: String
    /// The file cannot be used as it stands; the sentence says why.
    @Null package var invalid: String?

    package init(name: String, kind: String, platform: String, invalid: String? = nil) {
        self.name = name
        self.kind = kind
        self.platform = platform
        _invalid = Null(wrappedValue: invalid)
    }
}

package struct ReleaseDocument: Codable, Sendable, Equatable {
    package struct Part: Codable, Sendable, Equatable {
        package var service: String
        package var digest: String
        package var command: [String]

        package init(service: String, digest: String, command: [String]) {
            self.service = service
            self.digest = digest
            self.command = command
        }
    }

    package var version: String
    package var digest: String
    package var artifacts: [Part]
    package var createdAt: String
    package var createdBy: String
    @Null package var origin: String?
    /// Why it may not be rolled out, until somebody unblocks it.
    @Null package var blocked: String?
    /// Every block that it ever had, oldest first; only of a single release.
    package var blocks: [BlockDocument]?

    package init(
        version: String, digest: String, artifacts: [Part], createdAt: String, createdBy: String,
        origin: String? = nil, blocked: String? = nil
    ) {
        self.version = version
        self.digest = digest
        self.artifacts = artifacts
        self.createdAt = createdAt
        self.createdBy = createdBy
        _origin = Null(wrappedValue: origin)
        _blocked = Null(wrappedValue: blocked)
    }
}

/// What a rollout would do.
package struct PlanDocument: Codable, Sendable, Equatable {
    package struct Change: Codable, Sendable, Equatable {
        package var service: String
        package var name: String
        /// `added`, `removed` or `changed`.
        package var change: String
        /// Null for secrets, whose values are never shown.
        @Null package var before: String?
        @Null package var after: String?

        package init(service: String, name: String, change: String, before: String? = nil, after: String? = nil) {
            self.service = service
            self.name = name
            self.change = change
            _before = Null(wrappedValue: before)
            _after = Null(wrappedValue: after)
        }
    }

    /// What instances of a service cost at most that run beside those that are needed.
    package struct InstanceCost: Codable, Sendable, Equatable {
        package var service: String
        /// How many while the rollout lasts, and how long that is by the plan.
        package var during: Int
        package var duringSeconds: Double
        /// How many of the bundle before stay afterwards, and for how long.
        package var warm: Int
        package var warmSeconds: Double
        /// Dollars; null where the definition does not say it, and then the cost is unknown.
        @Null package var instanceHour: String?
        @Null package var cost: String?

        package init(
            service: String, during: Int, duringSeconds: Double, warm: Int, warmSeconds: Double, instanceHour: String?,
            cost: String?
        ) {
            (self.service, self.during, self.duringSeconds) = (service, during, duringSeconds)
            (self.warm, self.warmSeconds) = (warm, warmSeconds)
            _instanceHour = Null(wrappedValue: instanceHour)
            _cost = Null(wrappedValue: cost)
        }
    }

    package var environment: String
    package var release: String
    @Null package var previous: String?
    package var bundle: String
    /// False when the environment runs exactly this already.
    package var changes: Bool
    package var configuration: [Change]
    package var steps: [StepDocument]
    package var migrates: Bool
    @Null package var expectedSeconds: Double?
    package var notes: [String]
    /// None where nothing runs twice.
    package var instanceCosts: [InstanceCost] = []
    /// What stands in the way now, gate by gate; none when there is nothing to do.
    package var gates: [GateDocument]?

    package init(
        environment: String, release: String, previous: String? = nil, bundle: String, changes: Bool,
        configuration: [Change] = [], steps: [StepDocument] = [], migrates: Bool = false,
        expectedSeconds: Double? = nil, notes: [String] = []
    ) {
        self.environment = environment
        self.release = release
        self.bundle = bundle
        self.changes = changes
        self.configuration = configuration
        self.steps = steps
        self.migrates = migrates
        self.notes = notes
        _previous = Null(wrappedValue: previous)
        _expectedSeconds = Null(wrappedValue: expectedSeconds)
    }
}

package struct SmokeDocument: Codable, Sendable, Equatable {
    package struct Step: Codable, Sendable, Equatable {
        package struct Timings: Codable, Sendable, Equatable {
            package var dns: Double
            package var connect: Double
            package var tls: Double
            package var firstByte: Double
            package var total: Double
        }

        package var name: String
        package var passed: Bool
        package var attempts: Int
        package var milliseconds: Double
        @Null package var timings: Timings?
        @Null package var failure: String?

        package init(
            name: String, passed: Bool, attempts: Int, milliseconds: Double, timings: Timings? = nil,
            failure: String? = nil
        ) {
            self.name = name
            self.passed = passed
            self.attempts = attempts
            self.milliseconds = milliseconds
            _timings = Null(wrappedValue: timings)
            _failure = Null(wrappedValue: failure)
        }
    }

    package var suite: String
    package var passed: Bool
    package var steps: [Step]

    package init(suite: String, passed: Bool, steps: [Step]) {
        self.suite = suite
        self.passed = passed
        self.steps = steps
    }
}

/// One line that an instance wrote, secrets masked.
package struct LogLineDocument: Codable, Sendable, Equatable {
    package var instance: String
    package var service: String
    package var release: String
    package var line: String

    package init(instance: String, service: String, release: String, line: String) {
        self.instance = instance
        self.service = service
        self.release = release
        self.line = line
    }
}

/// Who answers on the socket.
package struct EngineDocument: Codable, Sendable, Equatable {
    package var engine = "tidegate"
    package var pid: Int32
    package var project: String
    /// The dashboard's address.
    @Null package var dashboard: String?
    package var startedAt: String

    package init(pid: Int32, project: String, dashboard: String?, startedAt: String) {
        self.pid = pid
        self.project = project
        self.startedAt = startedAt
        _dashboard = Null(wrappedValue: dashboard)
    }
}
