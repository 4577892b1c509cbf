import Definitions
import Operations
import Rollouts
import Secrets

extension Assembly {
    /// What looks for drift, over the parts of a running control plane.
    static func driftParts(
        _ project: Project, _ footing: Installation.Footing, _ ground: Installation.Ground,
        engine: any RolloutEngine, releases: any Releases, resolver: SecretResolver
    ) -> DriftWatch.Parts {
        let (key, variables, folder) = (footing.key, footing.environment, project.path)
        let means = SecretWatch.Means(
            resolve: { secret, environment, given in
                let values = try await resolver.resolve([secret], environment: environment, given: given)
                guard let value = values[secret.name] else {
                    throw SecretError.empty(secret: secret.name, source: "its source")
                }
                return value
            },
            variable: { name in variables[name].flatMap { $0.isEmpty ? nil : Secret($0) } },
            stamp: { FileStamp(path: $0.hasPrefix("/") ? $0 : "\(folder)/\($0)") },
            random: { Double.random(in: 0...1) })
        return DriftWatch.Parts(
            project: project, engine: engine, releases: releases, platform: ground.platform, seals: footing.seals,
            key: key, secrets: SecretWatch(means: means, clock: footing.clock),
            reader: InstanceReader(http: footing.http, controlToken: { Secret(key.controlToken(environment: $0)) }),
            record: DriftRecord(database: footing.database), history: LineHistory(project: folder),
            clock: footing.clock, startedAt: footing.clock.now, frontends: ground.frontends)
    }
}
