import Foundation
import HTTPClient
import Platforms
import Rollouts
import Secrets
import Synchronization
import TestSupport
import Testing

/// A clock that the test sets ahead.
final class SettableClock: WallClock {
    private let ahead = Mutex(Duration.zero)
    var now: Timestamp { SystemWallClock().now + ahead.withLock { $0 } }
    func advance(_ duration: Duration) { ahead.withLock { $0 += duration } }
}

@Suite(.timeLimit(.minutes(3)), .serialized) struct `A router with a certificate` {
    struct Scene {
        let house: TestHouse
        let platform: LocalPlatform
        let router: HAProxyRouter
        let made: TestCertificates
        let clock: SettableClock
        let port: Int
        let bundle: Rollouts.Bundle

        func arm() async throws -> TrafficSplit.Arm {
            let instances = try await platform.ensure(bundle, service: "api", count: 2, deadline: .seconds(20))
            return .init(
                bundle: bundle.digest, release: bundle.release, percent: 100,
                instances: instances.map { .init(id: $0.id, port: $0.port!) })
        }

        func split(_ arm: TrafficSplit.Arm) -> TrafficSplit {
            TrafficSplit(
                environment: "dev", service: "api", port: port, entrance: bundle.entrance, sharePath: nil,
                readinessPath: "/health", arms: [arm])
        }

        func get(_ path: String = "/") async throws -> HTTPResponse {
            let door = try await router.door(bundle, port: port)
            return try await house.http.send(
                HTTPRequest(
                    "GET", door.url + path, certificateAuthorities: door.authorities, connectTo: door.host,
                    freshConnection: true))
        }

        func worker() throws -> Int? { try worker(in: "haproxy/dev/haproxy.pid") }

        private func worker(in file: String) throws -> Int? {
            let master = try String(contentsOfFile: house.folder.file(file), encoding: .utf8)
            let table = ProcessTable()
            let own = Int(master.trimmingCharacters(in: .whitespacesAndNewlines))
            return table.pids().first { $0 != own && table.entry($0)?.session == own }
        }

        /// Puts a file in the place of another at once, as tools that renew certificates do.
        func put(_ name: String, at path: String) throws {
            let temporary = made.path("\(name).moving")
            try FileManager.default.copyItem(atPath: made.path(name), toPath: temporary)
            #expect(rename(temporary, path) == 0)
        }

        func certificate() async throws -> RouterCertificate {
            try #require(await router.certificates(environment: "dev")?.first)
        }
    }

    private func scene(
        certificate: String = "site.pem", names: [String] = [],
        _ prepare: (TestCertificates) async throws -> Void, _ body: (Scene) async throws -> Void
    ) async throws {
        let (house, made, clock) = (try await TestHouse(), try TestCertificates(), SettableClock())
        try await prepare(made)
        var bundle = house.bundle("a", release: "v1")
        bundle.entrance = Entrance(certificate: made.path(certificate), names: names)
        // What is made now begins now.
        clock.advance(.seconds(60))
        let router = HAProxyRouter(
            stateDirectory: house.folder.path, clock: clock, nonce: "n",
            inherited: ["PATH": "/usr/sbin:/usr/bin:/bin"])
        let result: Result<Void, any Error>
        do {
            try await house.supervised { platform in
                try await body(
                    Scene(
                        house: house, platform: platform, router: router, made: made, clock: clock,
                        port: try freePort(), bundle: bundle))
            }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await router.stop(environment: "dev")
        try result.get()
    }

    private static let names = ["docs.example.com", "www.example.com"]

    @Test func `serves it to who asks for its name, and says so to instances`() async throws {
        try await scene { made in
            try await made.make("root", names: [], isAuthority: true)
            try await made.make("site", names: Self.names, key: .rsa, signer: "root")
        } _: { scene in
            try await scene.router.apply(scene.split(try await scene.arm()))
            let door = try await scene.router.door(scene.bundle, port: scene.port)
            #expect(door.url == "https://docs.example.com:\(scene.port)" && door.host == "127.0.0.1")
            #expect(try await scene.get().text == "v1")
            let shown = try await scene.made.openssl([
                "s_client", "-connect", "127.0.0.1:\(scene.port)", "-servername", "docs.example.com", "-alpn",
                "h2,http/1.1", "-CAfile", scene.made.path("root.crt"), "-verify_return_error",
            ])
            #expect(shown.contains("ALPN protocol: h2") && shown.contains("Verify return code: 0 (ok)"))
            await #expect(throws: TestCertificates.Failed.self) {
                try await scene.made.openssl([
                    "s_client", "-connect", "127.0.0.1:\(scene.port)", "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0",
                ])
            }
            try Self.expectPrivate(scene.house.folder.file("haproxy/dev/certificates"))
        }
    }

    /// What is below the folder is the owner's alone.
    private static func expectPrivate(_ folder: String) throws {
        let names = try #require(FileManager.default.enumerator(atPath: folder)).compactMap { $0 as? String }
        #expect(names.contains { $0.hasSuffix("site.pem") })
        for name in names {
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")[.posixPermissions] as? Int
            #expect((mode ?? 0o777) & 0o077 == 0, "\(name) \(mode ?? -1)")
        }
    }

    @Test func `takes a new one under load: no POST is lost, and the new serial number is served`() async throws {
        try await scene { made in
            for name in ["site", "next", "third"] { try await made.make(name, names: Self.names) }
        } _: { scene in
            try scene.made.folder.write(
                "all.crt", try ["site", "next", "third"].map { try scene.made.text("\($0).crt") }.joined())
            try await scene.router.apply(scene.split(try await scene.arm()))
            let worker = try scene.worker()
            let traffic = try TLSTraffic(
                port: scene.port, name: "docs.example.com", threads: 6, authorities: scene.made.path("all.crt"))
            for name in ["site", "next", "third"] {
                if name != "site" {
                    try scene.put("\(name).pem", at: scene.made.path("site.pem"))
                    try await scene.router.reconcile(environment: "dev")
                }
                let serial = try CertificateFacts(pem: try scene.made.text("\(name).crt")).serial
                let isServed = await eventually {
                    ((try? traffic.counted()) ?? [:]).contains { $0.key == "answered \(serial)" && $0.value >= 60 }
                }
                #expect(isServed, "\(name)")
                #expect(
                    try await scene.made.served(port: scene.port, name: "docs.example.com")
                        == (try await scene.made.shown("\(name).crt", "-serial")))
                #expect(try await scene.certificate().serial == serial)
            }
            let seen = try traffic.end()
            #expect(seen.keys.filter { $0.hasPrefix("failed") } == [])
            // It was no reload that did it.
            #expect(try scene.worker() == worker)
        }
    }

    @Test func `refuses one that would not do, says why, and goes on with the old`() async throws {
        try await scene { made in
            for (name, names, days) in [
                ("site", Self.names, 90), ("ended", Self.names, -1), ("other", ["docs.example.com"], 90),
                ("good", Self.names, 60),
            ] { try await made.make(name, names: names, days: days) }
            try made.folder.write("crossed.pem", try made.text("good.crt") + made.text("other.key"))
            try made.folder.write("open.pem", try made.text("good.pem"))
            try made.folder.write("half.pem", String(try made.text("good.pem").dropLast(200)))
            for name in ["crossed", "half"] {
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o600], ofItemAtPath: made.path("\(name).pem"))
            }
        } _: { scene in
            try await scene.router.apply(scene.split(try await scene.arm()))
            let old = try await scene.made.shown("site.crt", "-serial")
            for (name, word) in [
                ("ended", "renew it"), ("other", "not for www.example.com"), ("crossed", "another certificate"),
                ("open", "chmod 600"), ("half", "not PEM"),
            ] {
                try scene.put("\(name).pem", at: scene.made.path("site.pem"))
                try await scene.router.reconcile(environment: "dev")
                try await scene.router.reconcile(environment: "dev")
                let certificate = try await scene.certificate()
                #expect(certificate.problem?.contains(word) == true, "\(name): \(certificate.problem ?? "-")")
                #expect("serial=\(certificate.serial?.uppercased() ?? "")" == old)
                #expect(try await scene.made.served(port: scene.port, name: "docs.example.com") == old)
            }
            try FileManager.default.removeItem(atPath: scene.made.path("site.pem"))
            for _ in 0..<2 { try await scene.router.reconcile(environment: "dev") }
            #expect(try await scene.certificate().problem?.contains("no such file") == true)

            // Nothing of it stands in the way of a start with the old one, and of the next good one.
            await scene.router.stop(environment: "dev")
            try await scene.router.reconcile(environment: "dev")
            #expect(try await scene.made.served(port: scene.port, name: "docs.example.com") == old)
            try scene.put("good.pem", at: scene.made.path("site.pem"))
            try await scene.router.reconcile(environment: "dev")
            #expect(try await scene.certificate().problem == nil)
            #expect(
                try await scene.made.served(port: scene.port, name: "docs.example.com")
                    == (try await scene.made.shown("good.crt", "-serial")))
        }
    }

    @Test func `is not started with one that would not do`() async throws {
        try await scene { made in
            try await made.make("site", names: Self.names, days: -1)
        } _: { scene in
            let split = scene.split(try await scene.arm())
            let error = await #expect(throws: RouterError.self) { try await scene.router.apply(split) }
            #expect("\(error.map { "\($0)" } ?? "")".contains("renew it"))
            #expect(!ProcessTable().isListening(port: scene.port))
        }
    }

    @Test func `chooses among a folder's by the name that is asked for, and takes what is added and removed`()
        async throws
    {
        try await scene(certificate: "all") { made in
            for name in ["a", "b", "c"] {
                try await made.make(name, names: ["\(name).example.com"])
                try made.folder.write("all/README", "")
                if name != "c" {
                    try FileManager.default.copyItem(
                        atPath: made.path("\(name).pem"), toPath: made.path("all/\(name).pem"))
                }
            }
        } _: { scene in
            try await scene.router.apply(scene.split(try await scene.arm()))
            func served(_ name: String) async throws -> String {
                try await scene.made.served(port: scene.port, name: "\(name).example.com")
            }
            let serials = [
                try await scene.made.shown("a.crt", "-serial"), try await scene.made.shown("b.crt", "-serial"),
                try await scene.made.shown("c.crt", "-serial"),
            ]
            #expect(try await [served("a"), served("b"), served("c")] == [serials[0], serials[1], serials[0]])
            try scene.put("c.pem", at: scene.made.path("all/c.pem"))
            try await scene.router.reconcile(environment: "dev")
            #expect(try await [served("a"), served("b"), served("c")] == serials)
            #expect(
                await scene.router.certificates(environment: "dev")?.map(\.names) == [
                    ["a.example.com"], ["b.example.com"], ["c.example.com"],
                ])
        }
    }
}

@Suite(.timeLimit(.minutes(2)), .serialized) struct `A service that is gone` {
    @Test func `leaves no frontend behind, and the others go on`() async throws {
        let house = try await TestHouse()
        let router = HAProxyRouter(
            stateDirectory: house.folder.path, clock: SystemWallClock(), nonce: "n",
            inherited: ["PATH": "/usr/sbin:/usr/bin:/bin"])
        let result: Result<Void, any Error>
        do {
            try await house.supervised { platform in try await remove(house, platform, router) }
            result = .success(())
        } catch {
            result = .failure(error)
        }
        await router.stop(environment: "dev")
        try result.get()
    }

    private func remove(_ house: TestHouse, _ platform: LocalPlatform, _ router: HAProxyRouter) async throws {
        let bundle = house.bundle("a", release: "v1")
        let instances = try await platform.ensure(bundle, service: "api", count: 1, deadline: .seconds(20))
        let arm = TrafficSplit.Arm(
            bundle: bundle.digest, release: "v1", percent: 100,
            instances: instances.map { .init(id: $0.id, port: $0.port!) })
        let ports = [try freePort(), try freePort()]
        for (service, port) in zip(["api", "second"], ports) {
            try await router.apply(
                TrafficSplit(
                    environment: "dev", service: service, port: port, sharePath: nil, readinessPath: "/health",
                    arms: [arm]))
        }
        let traffic = try Traffic(port: ports[0], threads: 4)
        try await router.remove(environment: "dev", service: "second")
        #expect(await eventually { !ProcessTable().isListening(port: ports[1]) })
        let file = try String(contentsOfFile: house.folder.file("haproxy/dev/haproxy.cfg"), encoding: .utf8)
        #expect(!file.contains("second"))
        await #expect(throws: RouterError.unknownService("second")) {
            try await router.observe(environment: "dev", service: "second")
        }
        // Once more is no other thing, and nobody brings it back.
        try await router.remove(environment: "dev", service: "second")
        try await router.reconcile(environment: "dev")
        #expect(!ProcessTable().isListening(port: ports[1]))
        let seen = try traffic.end()
        #expect(seen["v1", default: 0] > 0 && seen.keys.filter { $0.hasPrefix("failed") } == [], "\(seen)")

        try await router.remove(environment: "dev", service: "api")
        #expect(await eventually { !ProcessTable().isListening(port: ports[0]) })
    }
}
