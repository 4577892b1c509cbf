extension RuleDescription {
    /// What several services, or several places, must say alike.
    static let coherence: [RuleDescription] = [
        .init(
            "coherence.disagree", "Services that must agree on a value have the same one.",
            "A token that one service signs is refused by the other, a document that one stores is not found by the other.",
            wrong: .environment(
                "services:\n  worker:\n    secrets:\n      JWT_SECRET: { from: environment, name: WORKER_JWT_SECRET }"),
            right: .environment("secrets:\n  JWT_SECRET: { from: environment, name: JWT_SECRET }")),
        .init(
            "coherence.service", "An address that is meant for a service leads to it.",
            "Requests would go to another service, or to nobody.",
            wrong: reads("API_URL", pointsAt: "api").and(.environment("variables:\n  API_URL: http://apii:8000")),
            right: reads("API_URL", pointsAt: "api").and(.environment("variables:\n  API_URL: http://api:8000"))),
        .init(
            "coherence.port", "An address that leads to a service has the port that it listens on.",
            "The port is stated once, under `services:`; what repeats it goes stale.",
            wrong: reads("API_URL", pointsAt: "api").and(
                .environment("variables:\n  API_URL: http://127.0.0.1:8001")),
            right: reads("API_URL", pointsAt: "api").and(
                .environment("variables:\n  API_URL: http://127.0.0.1:8000"))),
        .init(
            "coherence.scheme", "An address that leads to a service is encrypted if the router is.",
            "A plain request to an encrypted port is answered with an error that names neither.",
            wrong: reads("API_URL", pointsAt: "api").and(.environment("variables:\n  API_URL: https://127.0.0.1:8000")),
            right: reads("API_URL", pointsAt: "api").and(.environment("variables:\n  API_URL: http://127.0.0.1:8000"))),
        .init(
            "coherence.health-path", "Who probes a service asks for the path that its contract declares.",
            "A probe of another path sees a page that is not there, or one that is always fine.",
            wrong: reads("API_HEALTH_URL").and(
                .environment("variables:\n  API_HEALTH_URL: http://127.0.0.1:8000/healthz")),
            right: reads("API_HEALTH_URL").and(
                .environment("variables:\n  API_HEALTH_URL: http://127.0.0.1:8000/ready"))),
        .init(
            "service.health", "Liveness and readiness are two paths.",
            "One asks whether to start the process anew, the other whether it can serve. A health page that is green while the "
                + "database is down keeps traffic where it fails.",
            wrong: .contract("api", #"{ "paths": { "liveness": "/health", "readiness": "/health" } }"#),
            right: .contract("api", #"{ "paths": { "liveness": "/health/live", "readiness": "/health" } }"#),
            severity: .warning),
        .init(
            "service.bind-address", "Services listen where the platform reaches them, and nobody else does.",
            "On all addresses of a machine, clients reach instances past the router; on the loopback of a container, nobody does.",
            wrong: .contract("api", #"{ "bind_address": "0.0.0.0" }"#),
            right: .contract("api", #"{ "bind_address": "127.0.0.1" }"#), severity: .warning),
        .init(
            "service.single", "In production a service has more than one instance.",
            "When the only one stops, nothing serves until it is back.",
            wrong: .environment("services:\n  api: { replicas: 1 }", .production),
            right: .environment("services:\n  api: { replicas: 2 }", .production), severity: .warning),
        .init(
            "queue.no-producer", "What a service reads from a queue, some service writes to it.",
            "A slip in the name of a queue is no error to a broker: the consumer waits for ever, and every check is green.",
            wrong: queues("api", #""produces": ["documents.uploaded"]"#).and(
                queues("worker", #""consumes": ["document.uploaded"]"#)),
            right: queues("api", #""produces": ["documents.uploaded"]"#).and(
                queues("worker", #""consumes": ["documents.uploaded"]"#))),
        .init(
            "queue.no-consumer", "What a service writes to a queue, some service reads.",
            "Messages pile up, and nothing is done.",
            wrong: queues("api", #""produces": ["documents.uploaded", "documents.deleted"]"#).and(
                queues("worker", #""consumes": ["documents.uploaded"]"#)),
            right: queues("api", #""produces": ["documents.uploaded"]"#).and(
                queues("worker", #""consumes": ["documents.uploaded"]"#)), severity: .warning),
    ]

    /// A variable that the worker's contract declares.
    private static func reads(_ name: String, pointsAt: String? = nil) -> RuleExample {
        let points = pointsAt.map { #", "points_at": "\#($0)""# } ?? ""
        return .contract(
            "worker",
            #"{ "variables": [{ "name": "\#(name)", "kind": "url", "summary": "where the API is"\#(points) }] }"#)
    }

    private static func queues(_ service: String, _ names: String) -> RuleExample {
        .contract(service, #"{ "queues": { "variable": "DATABASE_URL", \#(names) } }"#)
    }
}
