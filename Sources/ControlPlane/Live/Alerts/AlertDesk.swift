import Definitions
import Operations
import Rollouts
import Secrets
import Synchronization

/// Knows who receives alerts, and tells them.
package final class AlertDesk: Sendable {
    /// How long a secret that was fetched is good for: vaults are not asked for every message.
    static let memory = Duration.seconds(60)

    private let project: Project
    private let engine: any RolloutEngine
    private let environments: any EnvironmentSource
    private let resolver: SecretResolver
    private let seals: SealStore
    private let clock: any WallClock
    private let sender: AlertSender
    private let known = Mutex<[String: (at: Timestamp, value: Secret)]>([:])

    package init(
        project: Project, engine: any RolloutEngine, environments: any EnvironmentSource, resolver: SecretResolver,
        seals: SealStore, clock: any WallClock, sender: AlertSender
    ) {
        self.project = project
        self.engine = engine
        self.environments = environments
        self.resolver = resolver
        self.seals = seals
        self.clock = clock
        self.sender = sender
    }

    /// The environment's rules and routes, with the rule files as they are now.
    package func plan(of environment: Environment) throws -> AlertPlan {
        guard !environment.alerts.rules.isEmpty else { return AlertPlan(environment, files: [:]) }
        return AlertPlan(environment, files: try project.readSources().files)
    }

    /// Tells the receiver that the notification names, as it is defined now.
    package func deliver(_ notification: AlertNotification) async -> SendOutcome {
        do {
            let definition = try environments.known(notification.environment).definition
            guard let definition else { return .later("the file of \(notification.environment) cannot be read") }
            return await deliver(notification, definition)
        } catch {
            return .later("\(error)")
        }
    }

    private func deliver(_ notification: AlertNotification, _ definition: Environment) async -> SendOutcome {
        guard let receiver = definition.alerts.receivers.first(where: { $0.name == notification.receiver }) else {
            return .refused("\(notification.environment) has no receiver \(notification.receiver) any more")
        }
        do {
            let secrets = try await secrets(receiver.value.secrets, definition)
            return await sender.send(notification, to: receiver.value, secrets: secrets)
        } catch {
            return .later("\(error)")
        }
    }

    /// From their sources, and from what is sealed for the running bundle where a source needs somebody's shell.
    private func secrets(_ names: [String], _ definition: Environment) async throws -> [String: Secret] {
        var values: [String: Secret] = [:]
        let now = clock.now
        for name in names {
            let key = "\(definition.name)/\(name)"
            let remembered = known.withLock { $0[key] }
            if let remembered, remembered.at <= now, now - remembered.at < Self.memory {
                values[name] = remembered.value
                continue
            }
            guard let value = try await fetch(name, definition) else { continue }
            values[name] = value
            known.withLock { $0[key] = (now, value) }
        }
        return values
    }

    private func fetch(_ name: String, _ definition: Environment) async throws -> Secret? {
        guard let declared = definition.allSecrets.first(where: { $0.name == name }) else { return nil }
        do {
            return try await resolver.resolve([declared], environment: definition.name, given: [:])[name]
        } catch {
            guard let bundle = try await engine.state(environment: definition.name).current,
                let sealed = SecretScope.value(of: name, in: try seals.open(bundle: bundle.digest.text))
            else { throw error }
            return sealed
        }
    }
}
