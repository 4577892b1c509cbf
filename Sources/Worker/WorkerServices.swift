import Documents
import Hummingbird
import ServiceLifecycle

/// The worker's long-running parts, in the order in which they start; they stop in reverse: first the jobs, while the
/// heartbeat still renews their leases, and the health page last.
struct WorkerServices: Sendable {
    let state: WorkerState
    let metrics: WorkerMetrics
    let services: [any Service]

    init(
        environment: WorkerEnvironment, identity: InstanceIdentity, serviceMode: String, providers: ProviderWatch,
        share: JobBuckets, port: Int, telemetry: WorkerTelemetry = WorkerTelemetry(),
        delivery: (receivers: [EventReceiver], sender: EventSender)? = nil
    ) {
        state = WorkerState(share: share)
        metrics = WorkerMetrics(telemetry: telemetry)
        let heartbeat = Heartbeat(environment: environment, state: state, startedAt: environment.now())
        let health = WorkerHealthReporter(
            environment: environment, state: state, configDigest: identity.configDigest, serviceMode: serviceMode,
            providers: { providers.checks })
        let routes = WorkerRoutes(
            environment: environment, state: state, metrics: metrics, health: health, identity: identity,
            heartbeat: heartbeat)
        let server = Application(
            router: routes.router(),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: "worker"),
            logger: environment.logger)
        var services: [any Service] = [
            server, providers, heartbeat, Housekeeping(environment: environment),
            ChunkIndexing(environment: environment),
        ]
        if let delivery, !delivery.receivers.isEmpty {
            services.append(
                EventDelivery(
                    environment: environment, receivers: delivery.receivers, sender: delivery.sender, metrics: metrics))
        }
        self.services = services + [JobLoop(environment: environment, state: state, metrics: metrics)]
    }
}
