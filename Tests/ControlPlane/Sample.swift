import ControlPlane

/// Documents as a rollout under way would give them.
enum Sample {
    static let bundle = "sha256:" + String(repeating: "ab", count: 32)
    static let older = "sha256:" + String(repeating: "cd", count: 32)

    static let verdict = VerdictDocument(
        signal: "error_rate", service: "api", verdict: "fail", value: 0.21, limit: 0.05, samples: 240, e: 1400.2,
        bound: 1000, why: "21 % of 240 requests failed, over 5 %")

    static let events = [
        EventDocument(
            seq: 1, at: "2026-11-21T01:02:03.456Z", rollout: "r1", type: "requested",
            text: "rollout of v2 in dev asked for by ada: ticket 214"),
        EventDocument(
            seq: 2, at: "2026-11-21T01:02:05.001Z", rollout: "r1", type: "weights_shifted",
            text: "api: v2 50 %, v1 50 %",
            fields: ["service": "api", "percent": 50]),
    ]

    static let finished = FinishedDocument(
        outcome: "rolled_back", rollout: "r1", release: "v2", previous: "v1", seconds: 12.3, verdicts: [verdict],
        why: "21 % of 240 requests failed")

    static let lines = events.map(RolloutLine.event) + [.finished(finished)]

    static let rollout = RolloutDocument(
        id: "r1", environment: "dev", release: "v2", previous: "v1", bundle: bundle, stage: "analysing",
        startedBy: "ada", reason: "ticket 214", startedAt: "2026-11-21T01:02:03.456Z", seconds: 12.3,
        waitingFor: "enough evidence on api", waitingSince: "2026-11-21T01:02:10.000Z",
        steps: [
            StepDocument(name: "validate", state: .done, detail: "420 ms"),
            StepDocument(name: "migrate", state: .done, detail: "1.2 s"),
            StepDocument(name: "start", service: "api", state: .done, detail: "2.1 s"),
            StepDocument(name: "smoke", service: "api", state: .done, detail: "800 ms"),
            StepDocument(name: "shift", service: "api", state: .done, detail: "50 %"),
            StepDocument(name: "analyse", service: "api", state: .running, detail: "30 s"),
            StepDocument(name: "start", service: "worker", state: .pending),
            StepDocument(name: "smoke, all", state: .pending),
            StepDocument(name: "bake", state: .pending),
            StepDocument(name: "retire", state: .pending),
        ], verdicts: [verdict])

    static let release = ReleaseDocument(
        version: "v2", digest: bundle,
        artifacts: [.init(service: "api", digest: bundle, command: ["./pipeline", "api"])],
        createdAt: "2026-11-21T00:59:00.000Z", createdBy: "ada", origin: "4f2c1e9")

    static func instance(_ id: String, _ release: String, weight: Int) -> InstanceStatus {
        InstanceStatus(
            id: id, release: release, bundle: release == "v2" ? bundle : older, ready: true,
            url: "http://127.0.0.1:41873", weight: weight, configDigest: "9f8e", proof: "reported",
            since: "2026-11-21T01:02:04.000Z")
    }

    static let status = StatusDocument(
        environment: "dev", kind: "development", release: "v1", bundle: older, state: .rolling,
        services: [
            ServiceStatus(
                name: "api", desired: 2, ready: 2, url: "http://127.0.0.1:8000",
                instances: [
                    instance("api-5f1c22d0a1b2", "v1", weight: 50), instance("api-77ab03c4d5e6", "v2", weight: 50),
                ]),
            ServiceStatus(
                name: "worker", desired: 1, ready: 1, instances: [instance("worker-0c9d8e7f6a5b", "v1", weight: 100)]),
        ], rollout: rollout,
        alerts: [
            AlertDocument(
                id: "a1", name: "ThresholdBreached", environment: "dev", status: "firing", severity: "critical",
                summary: "api: 21 % of requests fail", startsAt: "2026-11-21T01:02:20.000Z")
        ], spend: SpendDocument(today: "1.234500000", limit: "25"), verdicts: [verdict])
}
