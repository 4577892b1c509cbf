import Definitions
import Logging
import Rollouts
import Secrets
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A service's split` {
    private let world = FakeWorld(clock: FastClock())

    private func splitter() -> Splitter {
        Splitter(platform: world, router: world, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func bundle(_ version: String, hasService: Bool = true) throws -> Bundle {
        var bundle = try builder(release(version), environment: "dev").build(now: Timestamp(microseconds: 1))
        if !hasService { bundle.services = [] }
        return bundle
    }

    private func intent(from: Bundle? = nil, to: Bundle?, _ percent: Int = 100) -> SplitIntent {
        SplitIntent(environment: "dev", service: "api", from: from, to: to, percent: percent)
    }

    private func drain(_ splitter: Splitter, _ bundle: Bundle) async throws {
        _ = try await splitter.drain(environment: "dev", service: "api", bundle: bundle.digest, deadline: .seconds(1))
    }

    @Test func `is removed from the router with the last bundle that has the service`() async throws {
        let (one, two) = (try bundle("v1"), try bundle("v2"))
        for bundle in [one, two] {
            _ = try await world.ensure(bundle, service: "api", count: 1, deadline: .seconds(1))
        }
        let splitter = splitter()
        _ = try await splitter.apply(intent(from: one, to: two))
        try await drain(splitter, one)
        #expect(world.state.withLock { $0.removed } == [])
        try await drain(splitter, two)
        #expect(world.state.withLock { $0.removed } == ["api"])
        #expect(await splitter.intent(environment: "dev", service: "api") == nil)
    }

    @Test func `is removed when a rollout that brought the service is taken back`() async throws {
        let (one, two) = (try bundle("v1", hasService: false), try bundle("v2"))
        _ = try await world.ensure(two, service: "api", count: 1, deadline: .seconds(1))
        let splitter = splitter()
        _ = try await splitter.apply(intent(from: one, to: two))
        _ = try await splitter.apply(intent(from: one, to: two, 0))
        try await drain(splitter, two)
        #expect(world.state.withLock { $0.removed } == ["api"])
        // Nothing brings it back.
        await splitter.refresh(environment: "dev")
        #expect(world.state.withLock { $0.splits.isEmpty })
    }

    @Test func `is known after a restart for a service that only the warm bundle has, so that it is drained`() throws {
        let (old, new) = (try bundle("v1"), try bundle("v2", hasService: false))
        let state = EnvironmentState(environment: "dev", current: new, previous: old)
        #expect(SplitIntent.resting(state) == [intent(to: old)])
        let usual = EnvironmentState(environment: "dev", current: old, previous: new)
        #expect(SplitIntent.resting(usual) == [intent(from: new, to: old)])
    }

    @Test func `lets clients in as the bundle says whose port it has`() throws {
        var (one, two) = (try bundle("v1"), try bundle("v2"))
        two.entrance = Entrance(bind: "*", certificate: "/etc/site.pem")
        func entrance(_ percent: Int) -> Entrance? {
            TrafficSplit.make(intent(from: one, to: two, percent), instances: []) { _ in 0 }?.entrance
        }
        #expect(entrance(5) == two.entrance && entrance(100) == two.entrance && entrance(0) == nil)
        one.entrance = Entrance(certificate: "/etc/old.pem")
        #expect(entrance(0) == one.entrance)
    }
}

struct `A bundle's entrance` {
    private func bundle(_ router: RouterDefinition) throws -> Bundle {
        var builder = builder(release("v1"), environment: "dev")
        builder.environment.router = router
        return try builder.build(now: Timestamp(microseconds: 1))
    }

    @Test func `is part of its digest, and what holds without saying it is not written`() throws {
        let plain = try bundle(RouterDefinition())
        #expect(plain.entrance == nil)
        #expect(try plain.digest == bundle(RouterDefinition(bind: "127.0.0.1")).digest)
        // Only what says when to warn differs.
        let one = CertificateDefinition(path: "/etc/site.pem", names: ["a.example"])
        let other = CertificateDefinition(path: "/etc/site.pem", names: ["a.example"], warn: .seconds(1))
        let encrypted = try bundle(RouterDefinition(encryption: .certificate(one)))
        #expect(encrypted.entrance == Entrance(certificate: "/etc/site.pem", names: ["a.example"]))
        #expect(encrypted.digest != plain.digest)
        #expect(try encrypted.digest == bundle(RouterDefinition(encryption: .certificate(other))).digest)
        #expect(try bundle(RouterDefinition(encryption: .elsewhere(reason: "a b c"))).digest == plain.digest)
    }
}
