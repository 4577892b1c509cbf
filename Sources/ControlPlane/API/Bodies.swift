import Secrets

/// A secret on its way from the caller's shell to the engine. It is written only into a request's body over the socket.
package struct CarriedSecrets: Codable, Sendable {
    package var values: [String: Secret]

    package init(_ values: [String: Secret] = [:]) { self.values = values }

    package init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: String].self).mapValues(Secret.init)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values.mapValues { $0.reveal() })
    }
}

package struct RolloutBody: Codable, Sendable {
    package var release: String
    package var strategy: String?
    package var reason: String?
    package var secrets: CarriedSecrets?
    /// The gates to pass, for `reason`.
    package var overrides: [String]?
    /// The environment in which the release has to have proved itself, as `promote` says.
    package var from: String?

    package init(
        release: String, strategy: String? = nil, reason: String? = nil, secrets: CarriedSecrets? = nil,
        overrides: [String]? = nil, from: String? = nil
    ) {
        self.overrides = overrides
        self.from = from
        self.release = release
        self.strategy = strategy
        self.reason = reason
        self.secrets = secrets
    }
}

package struct RollbackBody: Codable, Sendable {
    /// A bundle's digest or the beginning of one, or a release; nil takes the last good bundle.
    package var to: String?
    package var reason: String?

    package init(to: String? = nil, reason: String? = nil) {
        self.to = to
        self.reason = reason
    }
}

package struct ReleaseBody: Codable, Sendable {
    package var version: String
    /// The folder that holds `artifact.json`, or a folder per service.
    package var from: String?
    /// Folders of single services, by name.
    package var services: [String: String]
    /// Defaults for the contracts' variables.
    package var defaults: [String: String]
    package var origin: String?

    package init(
        version: String, from: String?, services: [String: String] = [:], defaults: [String: String] = [:],
        origin: String? = nil
    ) {
        self.version = version
        self.from = from
        self.services = services
        self.defaults = defaults
        self.origin = origin
    }
}

package struct ReasonBody: Codable, Sendable {
    package var reason: String?
    package init(reason: String? = nil) { self.reason = reason }
}

package struct RetryBody: Codable, Sendable {
    package var reason: String?
    package var secrets: CarriedSecrets?

    package init(reason: String? = nil, secrets: CarriedSecrets? = nil) {
        self.reason = reason
        self.secrets = secrets
    }
}

package struct SmokeBody: Codable, Sendable {
    package var suite: String?
    package init(suite: String? = nil) { self.suite = suite }
}

package struct StartedDocument: Codable, Sendable, Equatable {
    package var rollout: String
    package init(rollout: String) { self.rollout = rollout }
}

/// What a rollback would do: `GET /api/v1/environments/{name}/rollback`.
package struct WayBackDocument: Codable, Sendable, Equatable {
    /// What serves; during a rollout, what is being rolled out.
    package var release: String
    /// What would serve instead.
    package var restored: String
    package var bundle: String
    /// The rollout under way that would turn back.
    @Null package var rollout: String?
    /// What whoever asks for it should know before.
    package var warnings: [String]

    package init(release: String, restored: String, bundle: String, rollout: String? = nil, warnings: [String] = []) {
        self.release = release
        self.restored = restored
        self.bundle = bundle
        self.warnings = warnings
        _rollout = Null(wrappedValue: rollout)
    }
}

package struct WantedDocument: Codable, Sendable, Equatable {
    /// Variables of the caller's shell that the engine would need and does not have.
    package var names: [String]
    package init(names: [String]) { self.names = names }
}

/// What may be done to a rollout under way.
package enum RolloutAction: String, Codable, Sendable, CaseIterable {
    case pause, resume, approve, abort
}
