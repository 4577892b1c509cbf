import Definitions
import Logging
import Operations
import Rollouts
import Secrets

/// The control plane at work: asks the engine, the platform, the router and the stores, and says it in documents.
package struct LiveControl: Sendable {
    package struct Parts: Sendable {
        package var identity: EngineDocument
        package var engine: any RolloutEngine
        package var releases: any Releases
        package var platform: any Platform
        package var router: any Router
        package var smoke: any SmokeTests
        package var environments: any EnvironmentSource
        package var spend: any SpendSource
        package var alerts: AlertStore
        package var desk: AlertDesk
        package var alertMetrics: AlertMetrics
        package var logger: Logger
        package var secrets: SecretParts
        package var drift: any DriftSource
        package var gates: GateBook
        /// Makes the environment's router listen no more for a service.
        package var removeFrontend: @Sendable (_ environment: String, _ service: String) async throws -> Void
        package var hub: ChangeHub
        package var clock: any WallClock
        /// Pressed when everything is to end.
        package var stop: StopSwitch
        /// The engine's own host name or address, where routers are reached.
        package var host = "127.0.0.1"
        /// Throws a refusal when the disk has too little room to begin anything; going back is always tried.
        package var checkRoom: @Sendable () throws -> Void
        /// Nil where nothing outside of the engine is looked at.
        package var preflight: EnvironmentPreflight?

        package init(
            identity: EngineDocument, engine: any RolloutEngine, releases: any Releases, platform: any Platform,
            router: any Router, smoke: any SmokeTests, environments: any EnvironmentSource, spend: any SpendSource,
            alerts: AlertStore, secrets: SecretParts, drift: any DriftSource, gates: GateBook,
            removeFrontend: @Sendable @escaping (_ environment: String, _ service: String) async throws -> Void =
                { _, _ in }, hub: ChangeHub, desk: AlertDesk, alertMetrics: AlertMetrics, logger: Logger,
            clock: any WallClock, stop: StopSwitch = StopSwitch(),
            checkRoom: @Sendable @escaping () throws -> Void = {}, preflight: EnvironmentPreflight? = nil
        ) {
            self.preflight = preflight
            self.gates = gates
            self.checkRoom = checkRoom
            self.stop = stop
            self.identity = identity
            self.engine = engine
            self.releases = releases
            self.platform = platform
            self.router = router
            self.smoke = smoke
            self.environments = environments
            self.spend = spend
            self.alerts = alerts
            self.secrets = secrets
            self.drift = drift
            self.removeFrontend = removeFrontend
            self.hub = hub
            self.desk = desk
            self.alertMetrics = alertMetrics
            self.logger = logger
            self.clock = clock
        }
    }

    let parts: Parts

    package init(_ parts: Parts) { self.parts = parts }

    var now: Timestamp { parts.clock.now }
}

extension LiveControl: Control {
    package func engine() async -> EngineDocument { parts.identity }

    package func stop() async { parts.stop.press() }

    package func environments() async throws -> [EnvironmentDocument] {
        try parts.environments.names().map { name in
            let known = try parts.environments.known(name)
            return EnvironmentDocument(
                name: name, kind: known.definition?.kind.rawValue ?? "unknown",
                platform: known.definition?.platform.rawValue ?? "unknown", invalid: known.invalid?.message)
        }
    }

    package func status(_ environment: String) async throws -> StatusDocument {
        try await Explanations.explaining {
            var document = try await StatusReport(
                parts: parts, name: environment, known: try parts.environments.known(environment), now: now
            ).document()
            document.incident = try await parts.gates.openIncident(environment).map { IncidentDocument($0) }
            return document
        }
    }

    package func wanted(_ environment: String) async throws -> WantedDocument {
        let definitions = try parts.environments.environment(environment).allSecrets.map(\.value)
        return WantedDocument(names: SecretResolver.variables(for: definitions).sorted())
    }

    package func history(_ environment: String) async throws -> [RolloutDocument] {
        _ = try parts.environments.known(environment)
        return try await Explanations.explaining {
            try await parts.engine.history(environment: environment, limit: 100).map { RolloutDocument($0, now: now) }
        }
    }

    package func rollout(_ id: String) async throws -> RolloutDocument {
        try await Explanations.explaining {
            let rollout = try await parts.engine.rollout(id)
            var document = RolloutDocument(rollout, now: now)
            document.incident = try await parts.gates.incidents(rollout.environment).first { $0.rollout == id }
                .map { IncidentDocument($0) }
            document.watch = try await parts.gates.watch(of: id).map { WatchDocument($0) }
            return document
        }
    }

    package func spend(_ environment: String) async throws -> SpendDocument {
        let definition = try parts.environments.environment(environment)
        return try await Explanations.explaining {
            let bundle = try await parts.engine.state(environment: environment).current
            guard let spend = try await parts.spend.spend(definition, bundle: bundle, now: now) else {
                throw Refusal(
                    "unknown_spend", "\(environment) names no ledger, or nothing runs there yet: its spend is unknown.",
                    exit: .checkFailed)
            }
            return spend
        }
    }

    package func changes(after position: Int64?) async -> AsyncStream<ChangeDocument> {
        parts.hub.changes(after: position)
    }

    package func journal(_ environment: String, limit: Int) async throws -> [EventDocument] {
        try await Explanations.explaining {
            var events: [EventDocument] = []
            for rollout in try await parts.engine.history(environment: environment, limit: 5) {
                let entries = try await parts.engine.journal(rollout: rollout.id, after: 0)
                events = try entries.filter { $0.event.type != "sampled" }.map(EventText.document) + events
                if events.count >= limit { break }
            }
            return Array(events.suffix(limit))
        }
    }
}
