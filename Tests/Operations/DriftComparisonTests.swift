import Contract
import Definitions
import Operations
import Rollouts
import Testing

extension Bundle {
    fileprivate mutating func withEntrance(_ change: (inout Entrance) -> Void) {
        var entrance = entrance ?? Entrance()
        change(&entrance)
        self.entrance = entrance
    }
}

/// Bundles made by chance, and single changes to them.
struct DriftWorld {
    var random: SystemRandomNumberGenerator = SystemRandomNumberGenerator()

    static func contract(_ service: String) -> ArtifactContract {
        let names = (0..<6).map { "NAME_\($0)" }
        return ArtifactContract(
            service: service,
            variables: names.map {
                VariableDeclaration(name: $0, kind: .string, summary: "", needsRestart: $0 != "NAME_5")
            } + [
                VariableDeclaration(name: "SERVICE_MODE", kind: .string, summary: "", allowed: ["real", "mock"]),
                VariableDeclaration(name: "PORT", kind: .integer, summary: ""),
            ], portVariable: "PORT", paths: ContractPaths(liveness: "/live", readiness: "/ready", config: "/config"),
            startBudgetSeconds: 5, drainSeconds: 5)
    }

    mutating func service(_ name: String) -> BundleService {
        var variables = ["SERVICE_MODE": "real"]
        for index in 0..<Int.random(in: 1...4, using: &random) { variables["NAME_\(index)"] = "\(random.next() % 100)" }
        return BundleService(
            name: name,
            artifact: Artifact(
                service: name, digest: Digest(of: Array(name.utf8)), command: ["./x"], contract: Self.contract(name)),
            replicas: Int.random(in: 1...4, using: &random), port: 8000, health: HealthDefinition(),
            strategy: Strategy(steps: [.smoke, .weight(100)]), variables: variables, secrets: ["NAME_5": "abcd"],
            configDigest: "c")
    }

    mutating func bundle() -> Bundle {
        Bundle(
            digest: Digest(of: Array("b".utf8)), environment: "dev", release: "v1",
            releaseDigest: Digest(of: Array("r".utf8)), services: [service("api"), service("worker")], migrates: "api",
            thresholds: Thresholds(), rollbackWindow: .seconds(600),
            smoke: [SmokeSuiteText(path: "smoke/a.yaml", text: "a")], createdAt: Timestamp(microseconds: 1_000_000))
    }

    /// Every kind of single change, with what a comparison must say of it: the service, the name, the kind.
    static let changes:
        [(String, @Sendable (inout Bundle) -> Void, service: String?, name: String, DriftFinding.Kind)] = [
            ("a variable", { $0.services[0].variables["NAME_0"] = "other" }, "api", "NAME_0", .stale),
            ("a variable more", { $0.services[1].variables["NAME_4"] = "new" }, "worker", "NAME_4", .stale),
            ("a variable less", { $0.services[1].variables["NAME_0"] = nil }, "worker", "NAME_0", .stale),
            ("a secret", { $0.services[0].secrets["NAME_5"] = "dcba" }, "api", "NAME_5", .stale),
            ("a secret more", { $0.services[0].secrets["NAME_4"] = "dcba" }, "api", "NAME_4", .stale),
            ("a secret less", { $0.services[1].secrets["NAME_5"] = nil }, "worker", "NAME_5", .stale),
            ("replicas", { $0.services[0].replicas += 1 }, "api", "replicas", .stale),
            ("a surge", { $0.services[0].surge = 7 }, "api", "surge", .stale),
            ("fewer meanwhile", { $0.services[0].unavailable = 7 }, "api", "unavailable", .stale),
            ("a port", { $0.services[0].port = 8001 }, "api", "port", .stale),
            ("no port", { $0.services[1].port = nil }, "worker", "port", .stale),
            ("the pace", { $0.services[0].health.every = .seconds(7) }, "api", "health.every", .stale),
            ("the start", { $0.services[0].health.start = .seconds(7) }, "api", "health.start", .stale),
            ("the limit", { $0.services[1].health.timeout = .milliseconds(1_500) }, "worker", "health.timeout", .stale),
            ("the strategy", { $0.services[0].strategy.steps.append(.approve(nil)) }, "api", "strategy", .stale),
            (
                "an artifact", { $0.services[0].artifact.digest = Digest(of: Array("other".utf8)) }, "api", "artifact",
                .stale
            ),
            ("a command", { $0.services[0].artifact.command = ["./y"] }, "api", "contract", .stale),
            ("the whole digest", { $0.services[0].configDigest = "d" }, "api", "config_digest", .stale),
            ("a service more", { $0.services.append(Self.third) }, "third", "third", .down),
            ("a service less", { $0.services.removeLast() }, "worker", "worker", .unasked),
            ("the order", { $0.services.reverse() }, nil, "after", .stale),
            ("who migrates", { $0.migrates = "worker" }, nil, "migrations.service", .stale),
            ("a threshold", { $0.thresholds.errorRate = 0.07 }, nil, "thresholds.error-rate.above", .stale),
            ("failures", { $0.thresholds.healthFailures = 9 }, nil, "thresholds.health.failures.more-than", .stale),
            ("a duration", { $0.thresholds.errorRateFor = .seconds(9) }, nil, "thresholds.error-rate.for", .stale),
            ("a quantile", { $0.thresholds.latencyQuantile = 0.5 }, nil, "thresholds.latency.quantile", .stale),
            ("a factor", { $0.thresholds.latencyFactor = 3 }, nil, "thresholds.latency.above", .stale),
            ("its duration", { $0.thresholds.latencyFor = .seconds(9) }, nil, "thresholds.latency.for", .stale),
            ("its floor", { $0.thresholds.latencyAtLeast = .seconds(9) }, nil, "thresholds.latency.at-least", .stale),
            ("requests", { $0.thresholds.minimumRequests = 9 }, nil, "thresholds.minimum-requests", .stale),
            (
                "a series", { $0.thresholds.metrics = [DriftWorld.series] }, nil, "thresholds.metrics.depth", .stale
            ),
            ("a Prometheus", { $0.thresholds.prometheus = "http://a" }, nil, "prometheus.url", .stale),
            (
                "its password", { $0.thresholds.prometheusAccess = PrometheusAccess(user: "a", secret: "B") }, nil,
                "prometheus.access", .stale
            ),
            ("the address", { $0.withEntrance { $0.bind = "*" } }, nil, "router.bind", .stale),
            (
                "the certificate", { $0.withEntrance { $0.certificate = "/etc/a.pem" } }, nil, "router.tls.certificate",
                .stale
            ),
            ("its names", { $0.withEntrance { $0.names = ["a.example"] } }, nil, "router.tls.names", .stale),
            (
                "testers", { $0.withEntrance { $0.testers = TesterDefinition(.header, name: "X-R") } }, nil,
                "router.testers", .stale
            ),
            ("what is accepted", { $0.acceptedMigrations = ["004": "so"] }, nil, "migrations.accept", .stale),
            (
                "hooks",
                {
                    $0.hooks = [
                        HookDefinition(moment: .before, stage: .baking, command: .init(name: "a", command: ["a"]))
                    ]
                }, nil, "hooks", .stale
            ),
            ("the window", { $0.rollbackWindow = .seconds(9) }, nil, "rollback-window", .stale),
            ("a suite", { $0.smoke[0].text = "b" }, nil, "smoke/a.yaml", .stale),
            ("a suite more", { $0.smoke.append(.init(path: "smoke/b.yaml", text: "")) }, nil, "smoke/b.yaml", .stale),
            ("no suite", { $0.smoke = [] }, nil, "smoke/a.yaml", .stale),
        ]

    static let series = MetricThreshold(
        name: "depth", service: "worker", source: .sample(SampleSelector(name: "depth"), .gauge),
        limit: MetricLimit(.above, 5))

    private static let third: BundleService = {
        var world = DriftWorld()
        return world.service("third")
    }()
}

@Suite(.timeLimit(.minutes(1))) struct `What runs against what is defined` {
    @Test func `without a difference there is no drift, whatever the bundle`() {
        var world = DriftWorld()
        for _ in 0..<200 {
            let bundle = world.bundle()
            var again = bundle
            again.createdAt = Timestamp(microseconds: 9)
            again.digest = Digest(of: Array("another".utf8))
            #expect(BundleComparison(running: bundle, defined: again).findings.isEmpty)
        }
    }

    @Test(arguments: DriftWorld.changes.indices) func `a single change is exactly one finding, of that name`(index: Int)
    {
        let (what, change, service, name, kind) = DriftWorld.changes[index]
        var world = DriftWorld()
        for _ in 0..<50 {
            let running = world.bundle()
            var defined = running
            change(&defined)
            guard defined != running else { continue }
            let findings = BundleComparison(running: running, defined: defined).findings
            #expect(findings.map(\.name) == [name], "\(what)")
            #expect(findings.map(\.service) == [service] && findings.map(\.kind) == [kind], "\(what)")
            let back = BundleComparison(running: defined, defined: running).findings
            #expect(back.map(\.name) == [name], "\(what), backwards")
        }
    }

    /// A field that is added later is added to the comparison and to the changes above, or this fails.
    @Test func `everything that a bundle holds is compared`() {
        var world = DriftWorld()
        let bundle = world.bundle()
        func fields(_ value: Any) -> [String] { Mirror(reflecting: value).children.compactMap(\.label) }
        #expect(
            fields(bundle) == [
                "digest", "environment", "release", "releaseDigest", "services", "entrance", "migrates",
                "acceptedMigrations", "thresholds", "rollbackWindow", "smoke", "hooks", "createdAt",
            ])
        #expect(
            fields(bundle.services[0]) == [
                "name", "artifact", "replicas", "port", "surge", "unavailable", "health", "strategy", "variables",
                "secrets", "configDigest",
            ])
        #expect(fields(bundle.services[0].health) == ["every", "start", "timeout"])
        #expect(fields(bundle.thresholds).count == 12)
    }

    @Test func `two changes are two findings, each under its own key`() {
        var world = DriftWorld()
        let changes = DriftWorld.changes.filter { $0.4 == .stale && !["order", "the order"].contains($0.0) }
        for _ in 0..<200 {
            let (first, second) = (changes.randomElement()!, changes.randomElement()!)
            guard first.3 != second.3 || first.2 != second.2, ![first.3, second.3].contains("config_digest"),
                !(["artifact", "contract"].contains(first.3) && ["artifact", "contract"].contains(second.3))
            else { continue }
            let running = world.bundle()
            var defined = running
            first.1(&defined)
            second.1(&defined)
            let keys = BundleComparison(running: running, defined: defined).findings.map(\.key)
            #expect(Set(keys).count == keys.count)
            guard first.0 != "no suite", second.0 != "no suite" else { continue }
            #expect(keys.count == 2, "\(first.0), \(second.0): \(keys)")
        }
    }

    @Test func `a secret's digests are nowhere in a finding, and a plain value's change is shown`() throws {
        var world = DriftWorld()
        let running = world.bundle()
        var defined = running
        defined.services[0].secrets["NAME_5"] = "dcba"
        defined.services[0].variables["NAME_0"] = "other"
        let findings = BundleComparison(running: running, defined: defined).findings
        let secret = try #require(findings.first { $0.subject == .secret })
        #expect(secret.before == nil && secret.after == nil && !"\(secret)".contains("dcba"))
        let plain = try #require(findings.first { $0.subject == .variable })
        #expect(plain.after == "other" && plain.before == running.services[0].variables["NAME_0"])
    }

    @Test func `what a process reads anew needs no restart, and a strategy needs nothing until the next rollout`() {
        var world = DriftWorld()
        var running = world.bundle()
        running.services[0].secrets = [:]
        running.services[0].variables["NAME_5"] = "a"
        var defined = running
        defined.services[0].variables["NAME_5"] = "b"
        #expect(BundleComparison(running: running, defined: defined).findings.map(\.effect) == [.rollout])
        defined = running
        defined.services[0].strategy.steps = [.weight(100)]
        #expect(BundleComparison(running: running, defined: defined).findings.map(\.effect) == [.nextRollout])
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Instances against their bundle` {
    private let running: Bundle = {
        var world = DriftWorld()
        var bundle = world.bundle()
        bundle.services[0].replicas = 2
        bundle.services.removeLast()
        return bundle
    }()

    private func instance(_ id: String, ready: Bool = true, of bundle: Digest? = nil) -> Instance {
        Instance(
            id: id, environment: "dev", service: "api", release: "v1", bundle: bundle ?? running.digest, pid: 1,
            port: 1, alive: true, ready: ready, proof: .reported, configDigest: "c",
            detail: ready ? nil : "/ready answers 503", since: Timestamp(microseconds: 1))
    }

    private func comparison(
        _ instances: [Instance], _ reports: [String: InstanceReport] = [:]
    ) -> InstanceComparison {
        InstanceComparison(
            running: running, known: [running.digest], instances: instances, reports: reports,
            valueDigest: { "\($0)=\($1)" })
    }

    private var digests: [String: String] {
        let service = running.services[0]
        var digests = service.secrets
        for (name, value) in service.variables { digests[name] = "\(name)=\(value)" }
        digests["PORT"] = "whatever"
        return digests
    }

    @Test func `those that report what their bundle has are as they should be`() {
        let report = InstanceReport.says(digests: digests, effective: ["SERVICE_MODE": "real"])
        #expect(comparison([instance("a"), instance("b")], ["a": report, "b": report]).findings.isEmpty)
    }

    @Test func `another value, one more and one less are told by name`() {
        for name in digests.keys where name != "PORT" {
            var changed = digests
            changed[name] = "other"
            let other = comparison(
                [instance("a"), instance("b")], ["a": .says(digests: changed, effective: [:])])
            #expect(other.findings.map(\.name) == [name] && other.findings.map(\.instance) == ["a"])
            changed[name] = nil
            let less = comparison(
                [instance("a"), instance("b")], ["a": .says(digests: changed, effective: [:])])
            #expect(less.findings.map(\.name) == [name])
        }
    }

    @Test func `incident 5: a mode that is in effect and was not given is told`() {
        let found = comparison(
            [instance("a"), instance("b")], ["a": .says(digests: digests, effective: ["SERVICE_MODE": "mock"])]
        ).findings
        #expect(found.map(\.name) == ["SERVICE_MODE"] && found.map(\.kind) == [.stale])
        #expect(found.first?.message == "says that mock is in effect, and was given real")
    }

    @Test func `a body's keys are read as choices, and as nothing else`() {
        let contract = DriftWorld.contract("api")
        let body = ["service_mode": "mock", "mode": "x", "status": "ready", "release": "v1", "name_0": "9"]
        #expect(EffectiveValues.read(body, contract: contract) == ["SERVICE_MODE": "mock"])
    }

    @Test func `an instance of no known bundle is unasked, one that is not ready is down, one too many is unasked`() {
        let stray = comparison([instance("a"), instance("b"), instance("c", of: Digest(of: Array("x".utf8)))])
        #expect(stray.findings.map(\.kind) == [.unasked] && stray.findings.map(\.instance) == ["c"])
        let down = comparison([instance("a"), instance("b", ready: false)])
        #expect(down.findings.map(\.kind) == [.down])
        #expect(down.findings[0].message == "1 of 2 are ready; b: /ready answers 503")
        #expect(comparison([instance("a"), instance("b"), instance("c")]).findings.map(\.kind) == [.unasked])
        #expect(comparison([]).findings.map(\.kind) == [.down])
    }

    @Test func `one that does not say what it runs is unknown, not well`() {
        let silent = comparison([instance("a"), instance("b")], ["a": .silent(reason: "/config answers 404")])
        #expect(silent.findings.isEmpty)
        #expect(silent.unknown == ["a does not say what it runs: /config answers 404"])
    }
}
