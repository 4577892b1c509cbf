import Operations
import Rollouts
import Secrets

extension Assembly {
    /// Whoever tells receivers.
    static func desk(
        _ project: Project, _ footing: Installation.Footing, _ base: String, engine: any RolloutEngine,
        environments: any EnvironmentSource, resolver: SecretResolver
    ) -> AlertDesk {
        AlertDesk(
            project: project, engine: engine, environments: environments, resolver: resolver, seals: footing.seals,
            clock: footing.clock,
            sender: AlertSender(
                http: footing.http, folder: project.path, inherited: footing.inherited, base: base,
                clock: footing.clock))
    }
}
