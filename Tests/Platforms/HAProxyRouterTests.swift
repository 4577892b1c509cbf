import Analysis
import Definitions
import Foundation
import Glibc
import HTTPClient
import Platforms
import Rollouts
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)), .serialized)
struct HAProxyRouterTests {
    /// Two releases of the test server and a router before them.
    struct Scene {
        let house: TestHouse
        let platform: LocalPlatform
        let router: HAProxyRouter
        let port: Int

        func arm(_ bundle: Rollouts.Bundle, _ percent: Int, count: Int = 1) async throws -> TrafficSplit.Arm {
            let instances = try await platform.ensure(bundle, service: "api", count: count, deadline: .seconds(20))
            return .init(
                bundle: bundle.digest, release: bundle.release, percent: percent,
                instances: instances.map { .init(id: $0.id, port: $0.port!) })
        }

        func split(_ arms: [TrafficSplit.Arm]) -> TrafficSplit {
            TrafficSplit(
                environment: "dev", service: "api", port: port, sharePath: nil, readinessPath: "/health", arms: arms)
        }

        func get(_ path: String = "/", smoke: Bool = false) async throws -> HTTPResponse {
            try await house.http.send(
                HTTPRequest(
                    "GET", "http://127.0.0.1:\(port)\(path)", headers: smoke ? [("X-Tidegate-Smoke", "1")] : []))
        }

        /// Waits until the bundle has answered so many requests more.
        func serves(_ bundle: Rollouts.Bundle, atLeast count: Int64) async -> Bool {
            @Sendable func answered() async -> Int64? {
                let now = try? await router.observe(environment: "dev", service: "api")
                guard let now, now.broken == nil else { return nil }
                return now.arms.first { $0.bundle == bundle.digest }?.requests
            }
            let before = await answered() ?? 0
            return await eventually { await answered().map { $0 - before >= count } ?? false }
        }

        func worker() throws -> String {
            try String(contentsOfFile: house.folder.file("haproxy/dev/haproxy.pid"), encoding: .utf8)
        }
    }

    private func scene(_ body: (Scene) async throws -> Void) async throws {
        let house = try await TestHouse()
        let router = HAProxyRouter(
            stateDirectory: house.folder.path, clock: SystemWallClock(), nonce: "n",
            inherited: ["PATH": "/usr/sbin:/usr/bin:/bin"])
        let result: Result<Void, any Error>
        do {
            try await house.supervised { platform in
                try await body(Scene(house: house, platform: platform, router: router, port: try freePort()))
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await router.stop(environment: "dev")
        try result.get()
    }

    @Test func `a service that nobody has is listened for no more, and the others go on`() async throws {
        try await scene { scene in
            let arm = try await scene.arm(scene.house.bundle("a", release: "v1"), 100)
            var other = scene.split([arm])
            other.service = "old"
            other.port = try freePort()
            try await scene.router.apply(scene.split([arm]))
            try await scene.router.apply(other)
            #expect(try await scene.router.frontends(environment: "dev") == ["api", "old"])
            try await scene.router.remove(environment: "dev", service: "old")
            #expect(try await scene.router.frontends(environment: "dev") == ["api"])
            let port = try #require(other.port)
            #expect(await eventually { !ProcessTable().isListening(port: port) })
            #expect(try await scene.get().status == 200)
            try await scene.router.remove(environment: "dev", service: "api")
            #expect(try await scene.router.frontends(environment: "dev").isEmpty)
            #expect(await eventually { !ProcessTable().isListening(port: scene.port) })
        }
    }

    @Test func `requests are split as asked, and smoke requests and errors are counted as what they are`() async throws
    {
        try await scene { scene in
            let old = try await scene.arm(scene.house.bundle("a", release: "v1"), 80, count: 2)
            let new = try await scene.arm(scene.house.bundle("b", release: "v2"), 20)
            try await scene.router.apply(scene.split([old, new]))
            let ready = await eventually {
                (try? await scene.router.observe(environment: "dev", service: "api"))?.broken == nil
            }
            #expect(ready)
            let begin = try await scene.router.observe(environment: "dev", service: "api")
            var seen: [String: Int] = [:]
            for _ in 0..<100 { seen[try await scene.get().text, default: 0] += 1 }
            #expect(abs(seen["v2", default: 0] - 20) <= 2)
            for _ in 0..<10 { _ = try await scene.get("/fail") }
            for _ in 0..<20 { _ = try await scene.get("/fail", smoke: true) }
            let counted = await eventually {
                let now = try? await scene.router.observe(environment: "dev", service: "api")
                return now?.arms.reduce(0) { $0 + $1.latency.reduce(0) { $0 + $1.count } } == 110
            }
            #expect(counted)
            let now = try await scene.router.observe(environment: "dev", service: "api")
            #expect(now.broken == nil && now.epoch == begin.epoch)
            // Counters never shrink, so a smoke request seen before its line may stay a request.
            #expect((110...113).contains(now.arms.reduce(0) { $0 + $1.requests }))
            #expect((10...13).contains(now.arms.reduce(0) { $0 + $1.errors }))
            #expect(now.arms.map(\.percent) == [80, 20])
        }
    }

    @Test func `a client that retries again and again is one client that failed, and no verdict`() async throws {
        try await scene { scene in
            let old = try await scene.arm(scene.house.bundle("a", release: "v1"), 50)
            let new = try await scene.arm(scene.house.bundle("b", release: "v2"), 50)
            try await scene.router.apply(scene.split([old, new]))
            func get(_ path: String, from client: String) async throws {
                _ = try await scene.house.http.send(
                    HTTPRequest(
                        "GET", "http://127.0.0.1:\(scene.port)\(path)", headers: [("X-Forwarded-For", client)]))
            }
            @Sendable func observed() async -> RouterObservation? {
                let now = try? await scene.router.observe(environment: "dev", service: "api")
                return now?.broken == nil ? now : nil
            }
            #expect(await eventually { await observed() != nil })
            for client in 0..<20 { try await get("/", from: "10.0.0.\(client)") }
            #expect(await eventually { await observed()?.arms.allSatisfy { $0.clients != nil } ?? false })
            let begin = try #require(await observed())
            var judge = ServiceJudge(service: "api", rules: JudgeRules(gap: .seconds(3_600)))
            func look(_ observation: RouterObservation, at: Int64) -> Look {
                func arm(_ bundle: Digest) -> Look.Arm? {
                    observation.arms.first { $0.bundle == bundle }.map {
                        .init(
                            requests: $0.requests, errors: $0.errors, instances: 1, ready: 1, clients: $0.clients)
                    }
                }
                return Look(
                    at: at, epoch: observation.epoch, candidate: arm(new.bundle), reference: arm(old.bundle))
            }
            _ = judge.observe(look(begin, at: 0))
            for client in 20..<30 { try await get("/", from: "10.0.0.\(client)") }
            for _ in 0..<300 { try await get("/fail", from: "10.9.9.9") }
            let errors = begin.arms.reduce(0) { $0 + $1.errors }
            #expect(
                await eventually {
                    (await observed()?.arms.reduce(0) { $0 + $1.errors } ?? 0) - errors >= 300
                })
            let end = try #require(await observed())
            let failed = end.arms.reduce(0) { $0 + ($1.clients?.errors ?? 0) }
            let clients = end.arms.reduce(0) { $0 + ($1.clients?.requests ?? 0) }
            // It counts once in each span that the storm took.
            #expect(failed >= 1 && failed <= 30)
            #expect(clients >= 31)
            let verdicts = judge.observe(look(end, at: 2_000_000)).verdicts
            #expect(verdicts.allSatisfy { $0.verdict != .fail })
        }
    }

    @Test func `no request is lost when releases replace each other under load`() async throws {
        try await scene { scene in
            let one = scene.house.bundle("a", release: "v1")
            let two = scene.house.bundle("b", release: "v2")
            var old = try await scene.arm(one, 100, count: 2)
            try await scene.router.apply(scene.split([old]))
            let master = try scene.worker()
            let traffic = try Traffic(port: scene.port, threads: 6)
            #expect(await scene.serves(one, atLeast: 100))
            var new = try await scene.arm(two, 10, count: 2)
            old.percent = 90
            try await scene.router.apply(scene.split([old, new]))
            (old.percent, new.percent) = (0, 100)
            try await scene.router.apply(scene.split([old, new]))
            let left = try await scene.router.drain(
                scene.split([old, new]), bundle: one.digest, deadline: .seconds(10))
            #expect(left == 0)
            try await scene.platform.stop(environment: "dev", service: "api", bundle: one.digest)
            try await scene.router.apply(scene.split([new]))
            #expect(await scene.serves(two, atLeast: 100))
            // And back.
            old = try await scene.arm(one, 100, count: 1)
            new.percent = 0
            try await scene.router.apply(scene.split([old, new]))
            _ = try await scene.router.drain(scene.split([old, new]), bundle: two.digest, deadline: .seconds(10))
            try await scene.platform.stop(environment: "dev", service: "api", bundle: two.digest)
            try await scene.router.apply(scene.split([old]))
            let seen = try traffic.end()
            #expect(seen.keys.filter { $0.hasPrefix("failed") } == [])
            #expect(seen["v1", default: 0] > 50 && seen["v2", default: 0] > 50)
            #expect(try scene.worker() == master)
        }
    }

    @Test func `no request is lost when instances of a service leave one by one under load`() async throws {
        try await scene { scene in
            let bundle = scene.house.bundle("a", release: "v1")
            var arm = try await scene.arm(bundle, 100, count: 3)
            try await scene.router.apply(scene.split([arm]))
            let traffic = try Traffic(port: scene.port, threads: 6)
            #expect(await scene.serves(bundle, atLeast: 100))
            while arm.instances.count > 1 {
                let leaving = arm.instances.removeLast()
                let left = try await scene.router.withdraw(
                    [leaving], for: scene.split([arm]), deadline: .seconds(10))
                #expect(left == 0)
                try await scene.platform.stop(environment: "dev", instances: [leaving.id])
                #expect(try await scene.platform.instances(environment: "dev").count == arm.instances.count)
                #expect(await scene.serves(bundle, atLeast: 50))
            }
            let seen = try traffic.end()
            #expect(seen.keys.filter { $0.hasPrefix("failed") } == [])
            #expect(seen["v1", default: 0] > 100)
        }
    }

    @Test(arguments: [TesterDefinition(.header, name: "X-Release"), TesterDefinition(.cookie, name: "release")])
    func `a tester reaches the release that the request names, and is no traffic`(testers: TesterDefinition)
        async throws
    {
        try await scene { scene in
            var old = try await scene.arm(scene.house.bundle("a", release: "v1"), 100)
            let two = scene.house.bundle("b", release: "v2")
            var new = try await scene.arm(two, 0, count: 2)
            func split() -> TrafficSplit {
                var split = scene.split([old, new])
                split.entrance = Entrance(testers: testers)
                return split
            }
            func ask(_ release: String?) async throws -> String {
                let value = release.map { testers.carrier == .cookie ? "a=b; release=\($0)" : $0 }
                let name = testers.carrier == .cookie ? "Cookie" : testers.name
                return try await scene.house.http.send(
                    HTTPRequest(
                        "GET", "http://127.0.0.1:\(scene.port)/", headers: value.map { [(name, $0)] } ?? [])
                ).text
            }
            try await scene.router.apply(split())
            _ = try await scene.router.observe(environment: "dev", service: "api")
            for _ in 0..<5 { #expect(try await ask("v2") == "v2") }
            for release in ["v1", "v3", nil] { #expect(try await ask(release) == "v1") }
            let seen = await eventually {
                let now = try? await scene.router.observe(environment: "dev", service: "api")
                // Those that named no release that is there.
                return now?.broken == nil && now?.arms.map(\.requests) == [2, 0]
            }
            #expect(seen)
            (old.percent, new.percent) = (0, 100)
            try await scene.router.apply(split())
            #expect(try await ask("v1") == "v1")
            #expect(try await ask(nil) == "v2")
            // What is drained answers nobody.
            _ = try await scene.router.drain(split(), bundle: two.digest, deadline: .seconds(5))
            (old.percent, new.percent) = (100, 0)
            try await scene.router.apply(split())
            #expect(try await ask("v2") == "v1")
        }
    }

    @Test func `connection errors count for the arm that caused them, though another one answers`() async throws {
        try await scene { scene in
            let old = try await scene.arm(scene.house.bundle("a", release: "v1"), 50)
            // Nobody listens there; HAProxy finds out by its checks a second later.
            let dead = TrafficSplit.Arm(
                bundle: digest("b"), release: "v2", percent: 50,
                instances: [.init(id: "dead-1", port: try freePort())])
            try await scene.router.apply(scene.split([old]))
            let ready = await eventually {
                (try? await scene.router.observe(environment: "dev", service: "api"))?.broken == nil
            }
            #expect(ready)
            try await scene.router.apply(scene.split([old, dead]))
            for _ in 0..<10 { #expect(try await scene.get().status == 200) }
            let now = try await scene.router.observe(environment: "dev", service: "api")
            #expect(now.arms[0].errors == 0 && now.arms[0].requests >= 9)
            #expect(now.arms[1].errors > 0 && now.arms[1].errors == now.arms[1].requests)
        }
    }

    @Test func `a reload for another service keeps the servers`() async throws {
        try await scene { scene in
            let arm = try await scene.arm(scene.house.bundle("a", release: "v1"), 100, count: 2)
            try await scene.router.apply(scene.split([arm]))
            let before = try await scene.router.observe(environment: "dev", service: "api").epoch
            var other = scene.split([arm])
            (other.service, other.port) = ("second", try freePort())
            try await scene.router.apply(other)
            #expect(try await scene.get().text == "v1")
            let there = try await scene.house.http.send(HTTPRequest("GET", "http://127.0.0.1:\(other.port!)/"))
            #expect(there.text == "v1")
            #expect(try await scene.router.observe(environment: "dev", service: "api").epoch != before)
        }
    }

    @Test func `a killed HAProxy comes back with its servers, and a new engine takes it over`() async throws {
        try await scene { scene in
            let arm = try await scene.arm(scene.house.bundle("a", release: "v1"), 100, count: 2)
            try await scene.router.apply(scene.split([arm]))
            let written = try scene.worker().trimmingCharacters(in: .whitespacesAndNewlines)
            let master = try #require(Int(written))
            let second = HAProxyRouter(
                stateDirectory: scene.house.folder.path, clock: SystemWallClock(), nonce: "m",
                inherited: ["PATH": "/usr/sbin:/usr/bin:/bin"])
            try await second.reconcile(environment: "dev")
            #expect(try scene.worker().hasPrefix("\(master)"))
            let started = try #require(ProcessTable().entry(master)?.started)
            kill(pid_t(-master), SIGKILL)
            #expect(await eventually { !ProcessTable().runs(master, started: started) })
            #expect(await eventually { !ProcessTable().isListening(port: scene.port) })
            try await second.reconcile(environment: "dev")
            #expect(try await scene.get().text == "v1")
            await second.stop(environment: "dev")
        }
    }

    @Test func `a taken port is named with its holder`() async throws {
        try await scene { scene in
            let arm = try await scene.arm(scene.house.bundle("a", release: "v1"), 100)
            var split = scene.split([arm])
            split.port = arm.instances[0].port
            let instance = try await scene.platform.instances(environment: "dev")[0]
            let pid = try #require(instance.pid)
            await #expect(
                throws: RouterError.portTaken(port: split.port!, holder: "server.py (process \(pid))")
            ) { try await scene.router.apply(split) }
        }
    }
}
