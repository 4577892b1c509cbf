import Contract
import Definitions
import Rollouts

func digest(_ seed: Int) -> Digest {
    let hex = String(UInt64(seed) &+ 0x1000, radix: 16)
    return Digest("sha256:" + hex + String(repeating: "0", count: 64 - hex.count))!
}

func contract(_ service: String) -> ArtifactContract {
    ArtifactContract(
        service: service, variables: [], portVariable: "PORT",
        paths: ContractPaths(liveness: "/live", readiness: "/ready", share: service == "worker" ? "/share" : nil),
        migrations: service == "worker" ? MigrationContract(arguments: ["migrate"], tables: []) : nil,
        startBudgetSeconds: 30, drainSeconds: 10)
}

let canary: [StrategyStep] = [
    .smoke, .weight(10), .bake(.seconds(20), evidence: Evidence(minimumRequests: 20)), .weight(50),
    .bake(.seconds(20), evidence: Evidence(minimumRequests: 20)), .weight(100),
    .bake(.seconds(10), evidence: Evidence(minimumRequests: 20)),
]

/// What was begun is undone on the way back; it may be asked for again.
let command = CommandDefinition(
    name: "flags", command: ["flags", "on"], within: .seconds(120), retry: .seconds(2), undo: ["flags", "off"])

func bundle(
    _ number: Int, environment: String, release: String, services names: [String] = ["api", "worker"],
    replicas: Int = 2, surge: Int? = nil, unavailable: Int? = nil, steps: [StrategyStep] = canary
) -> Bundle {
    let services = names.map { name in
        BundleService(
            name: name,
            artifact: Artifact(service: name, digest: digest(number), command: ["./run"], contract: contract(name)),
            replicas: replicas, port: name == "api" ? 8_000 : nil, surge: surge, unavailable: unavailable,
            health: HealthDefinition(every: .seconds(5)),
            strategy: Strategy(steps: steps), variables: ["A": "\(number)"], secrets: [:], configDigest: "c\(number)")
    }
    return Bundle(
        digest: digest(number), environment: environment, release: release, releaseDigest: digest(number),
        services: services,
        migrates: names.contains("worker") ? "worker" : nil,
        thresholds: Thresholds(errorRateFor: .seconds(20), latencyFor: .seconds(20)), rollbackWindow: .seconds(60),
        smoke: [SmokeSuiteText(path: "smoke/health.yaml", text: "")], createdAt: Timestamp(microseconds: 0))
}
