import Rollouts
import Secrets

/// What is known of an environment's secrets without asking any provider; never a value.
package struct SecretDocument: Codable, Sendable, Equatable {
    /// `service/NAME` for a service's own.
    package var name: String
    package var services: [String]
    package var source: String
    /// Whether `secrets set` and `rotate` can change it.
    package var writable: Bool
    package var file: String
    package var line: Int
    /// A day such as `2027-01-31`.
    @Null package var expires: String?
    /// The provider's number of the value that runs.
    @Null package var version: String?
    /// Since when this environment has the value that runs.
    @Null package var since: String?
    /// The beginning of the keyed fingerprint of the value that runs.
    @Null package var fingerprint: String?
    /// What a rotation is doing.
    @Null package var rotation: String?

    package init(
        name: String, services: [String], source: String, writable: Bool, file: String, line: Int,
        expires: String? = nil, version: String? = nil, since: String? = nil, fingerprint: String? = nil,
        rotation: String? = nil
    ) {
        self.name = name
        self.services = services
        self.source = source
        self.writable = writable
        self.file = file
        self.line = line
        _expires = Null(wrappedValue: expires)
        _version = Null(wrappedValue: version)
        _since = Null(wrappedValue: since)
        _fingerprint = Null(wrappedValue: fingerprint)
        _rotation = Null(wrappedValue: rotation)
    }
}

/// What came of asking for one secret.
package struct SecretCheckDocument: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable { case good, warned, wrong, unreachable }

    package var name: String
    package var source: String
    package var state: State
    /// Whether the running release has another value; null when nothing runs.
    @Null package var differs: Bool?
    /// Why it could not be had.
    @Null package var failure: String?
    package var findings: [FindingDocument]

    package init(
        name: String, source: String, state: State, differs: Bool? = nil, failure: String? = nil,
        findings: [FindingDocument] = []
    ) {
        self.name = name
        self.source = source
        self.state = state
        self.findings = findings
        _differs = Null(wrappedValue: differs)
        _failure = Null(wrappedValue: failure)
    }
}

package struct RotationDocument: Codable, Sendable, Equatable {
    package var id: String
    package var environment: String
    package var name: String
    package var step: Int
    package var steps: Int
    package var phase: String
    @Null package var rollout: String?
    /// When the old signing key stops being accepted.
    @Null package var retireAt: String?
    package var text: String

    package init(_ rotation: Rotation) {
        id = rotation.id
        environment = rotation.environment
        name = rotation.name
        step = rotation.step
        steps = rotation.steps
        phase = rotation.phase.rawValue
        text = rotation.text
        _rollout = Null(wrappedValue: rotation.rollout)
        _retireAt = Null(wrappedValue: rotation.retireAt?.rfc3339)
    }
}

package struct SecretsBody: Codable, Sendable {
    package var secrets: CarriedSecrets?
    package init(secrets: CarriedSecrets? = nil) { self.secrets = secrets }
}

/// `secrets set` and `secrets rotate`.
package struct SecretChangeBody: Codable, Sendable {
    package var name: String
    /// The new value, under the key `value`; without it one is generated.
    package var value: CarriedSecrets?
    package var secrets: CarriedSecrets?
    /// How long the old one of two signing keys stays accepted; a day without it.
    package var keepOldSeconds: Int64?
    /// Stop accepting the old signing key now.
    package var retire: Bool?

    package init(
        name: String, value: Secret? = nil, secrets: CarriedSecrets? = nil, keepOldSeconds: Int64? = nil,
        retire: Bool? = nil
    ) {
        self.name = name
        self.value = value.map { CarriedSecrets(["value": $0]) }
        self.secrets = secrets
        self.keepOldSeconds = keepOldSeconds
        self.retire = retire
    }

    /// The new value, if one was given.
    package var newValue: Secret? { value?.values["value"] }
}

/// What may be asked of an environment's secrets.
package protocol SecretControl: Sendable {
    func secrets(_ environment: String) async throws -> [SecretDocument]
    func checkSecrets(_ environment: String, _ request: SecretsBody) async throws -> [SecretCheckDocument]
    func setSecret(_ environment: String, _ request: SecretChangeBody) async throws -> SecretDocument
    func rotateSecret(_ environment: String, _ request: SecretChangeBody, by caller: Caller) async throws
        -> RotationDocument
    func rotation(_ id: String) async throws -> RotationDocument
}
