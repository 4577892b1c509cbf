import HTTPClient
import Logging
import Platforms
import Rollouts
import Secrets

extension Installation {
    /// Processes of this machine behind HAProxy.
    package static func thisMachine(_ footing: Footing) throws -> Ground {
        let inherited = footing.inherited
        let (seals, key) = (footing.seals, footing.key)
        let keys = InstanceKeys(
            secrets: { bundle in try seals.open(bundle: bundle.text) },
            digestKey: { Secret(key.digestKey(environment: $0)) },
            controlToken: { Secret(key.controlToken(environment: $0)) })
        let platform = LocalPlatform(
            stateDirectory: footing.stateDirectory, database: footing.database, http: footing.http, keys: keys,
            wallClock: footing.clock, newID: { "\($0)-\(RandomID.make())" }, inherited: inherited)
        let haproxy = HAProxyRouter(
            stateDirectory: footing.stateDirectory, executable: haproxyPath(footing.environment),
            clock: footing.clock, nonce: RandomID.make(), inherited: inherited)
        let shares = ShareRouter(
            stateDirectory: footing.stateDirectory, http: footing.http, nonce: RandomID.make(),
            controlToken: { Secret(key.controlToken(environment: $0)) })
        let router = CompositeRouter(traffic: haproxy, shares: shares)
        let trial = TrialRun(
            stateDirectory: footing.stateDirectory, keys: keys, inherited: inherited, newID: { RandomID.make() })
        return Ground(
            platform: platform, router: footing.reserved(router), migrators: [InstanceStore.migrator],
            supervise: { try await platform.run() },
            rest: { environments in
                for name in environments { await haproxy.stop(environment: name) }
                try await platform.rest()
            },
            reconcile: { await router.reconcile(environment: $0, platform: platform) },
            obstacle: { bundle in
                let ports = bundle.services.compactMap(\.port)
                if let reason = certificateObstacle(bundle, now: footing.clock.now) { return reason }
                return await haproxy.obstacle(environment: bundle.environment, ports: ports)?.description
            },
            trial: { bundle, service, secrets, limit in
                await trial.run(bundle, service: service, secrets: secrets, limit: limit)
            }, frontends: { try await haproxy.frontends(environment: $0) },
            removeFrontend: { try await haproxy.remove(environment: $0, service: $1) },
            forget: { try await platform.forget(environment: $0, endedBefore: $1) })
    }

    /// Why the router could not serve the bundle's services with its certificate.
    private static func certificateObstacle(_ bundle: Bundle, now: Timestamp) -> String? {
        guard let entrance = bundle.entrance, let path = entrance.certificate,
            bundle.services.contains(where: { $0.port != nil })
        else { return nil }
        do throws(CertificateFileError) {
            _ = try CertificateFile.usable(path, names: entrance.names, at: now.microseconds / 1_000_000)
            return nil
        } catch {
            return "The router's certificate cannot be used. \(error)."
        }
    }

    /// Debian puts it where ordinary users do not look.
    private static func haproxyPath(_ environment: [String: String]) -> String {
        Doctor.find("haproxy", environment: environment) ?? "haproxy"
    }
}

extension Installation.Footing {
    fileprivate func reserved(_ router: any Router) -> ReservedRouter {
        let space = DiskSpace(path: stateDirectory, reserve: Reserve(stateDirectory: stateDirectory))
        return ReservedRouter(router, space: space) { [logger] in
            logger.critical("\(Reserve.givenUp)")
        }
    }

    /// What processes need to run at all; nothing else of the engine's environment reaches them.
    var inherited: [String: String] { environment.filter { Self.inheritedNames.contains($0.key) } }

    private static let inheritedNames: Set<String> = [
        "PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "USER", "LOGNAME", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]
}
