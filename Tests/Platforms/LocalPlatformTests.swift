import Contract
import Foundation
import Glibc
import HTTPClient
import Platforms
import Rollouts
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct LocalPlatformTests {
    @Test func `instances become ready, are proved, and end when they are stopped`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            let instances = try await platform.ensure(house.bundle(), service: "api", count: 2, deadline: .seconds(20))
            #expect(instances.count == 2)
            #expect(instances.allSatisfy { $0.ready && $0.alive && $0.proof == .reported && $0.configDigest == "d" })
            #expect(Set(instances.compactMap(\.port)).count == 2)
            let again = try await platform.ensure(house.bundle(), service: "api", count: 2, deadline: .seconds(5))
            #expect(again.map(\.pid) == instances.map(\.pid))
            try await platform.stop(environment: "dev", service: "api", bundle: digest("a"))
            let left = try await platform.instances(environment: "dev")
            #expect(left.isEmpty)
            for pid in instances.compactMap(\.pid) { #expect(ProcessTable().entry(pid) == nil) }
        }
    }

    @Test
    func `an instance gets its variables, leads a session, inherits no descriptor, and has nothing in its arguments`()
        async throws
    {
        let house = try await TestHouse()
        try await house.supervised { platform in
            let bundle = house.bundle(variables: ["COLOUR": "blue"])
            let instance = try await platform.ensure(bundle, service: "api", count: 1, deadline: .seconds(20))[0]
            let answer = try await house.http.send(HTTPRequest("GET", "\(instance.url!)/environment"))
            let seen = try JSONDecoder().decode([String: String].self, from: Data(answer.body))
            #expect(seen["COLOUR"] == "blue")
            #expect(seen["API_KEY"] == "canary-secret-value")
            #expect(seen[InstanceEnvironment.instance] == instance.id)
            #expect(seen[InstanceEnvironment.bundle] == bundle.digest.text)
            #expect(seen[InstanceEnvironment.service] == "dev/api")
            let pid = try #require(instance.pid)
            #expect(ProcessTable().entry(pid)?.session == pid)
            let arguments = try String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)
            #expect(!arguments.contains("canary"))
            let input = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/0")
            #expect(input == "/dev/null")
            let targets = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
            }
            #expect(!targets.contains { $0.contains("control.sqlite") })
        }
    }

    @Test func `a killed instance comes back on the same port, and the status says so`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            let before = try await platform.ensure(house.bundle(), service: "api", count: 1, deadline: .seconds(20))[0]
            kill(pid_t(before.pid!), SIGKILL)
            let back = await eventually {
                guard let now = try? await platform.instances(environment: "dev").first else { return false }
                return now.ready && now.pid != before.pid && now.restarts == 1 && now.port == before.port
            }
            #expect(back)
            let ended = house.events.withLock { events in
                events.contains(.ended(instance: before.id, how: "was killed by signal 9"))
            }
            #expect(ended)
        }
    }

    @Test func `an instance that is started again at once has another process, and no crash counts`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            let bundle = house.bundle()
            let before = try await platform.ensure(bundle, service: "api", count: 1, deadline: .seconds(20))[0]
            try await platform.restart(environment: "dev", instance: before.id)
            let after = try await platform.ensure(bundle, service: "api", count: 1, deadline: .seconds(20))[0]
            #expect(after.id == before.id && after.pid != before.pid && after.ready)
            #expect(after.healthFailures == 0)
            #expect(ProcessTable().entry(try #require(before.pid)) == nil)
            await #expect(throws: PlatformError.unknownInstance("nobody")) {
                try await platform.restart(environment: "dev", instance: "nobody")
            }
            await #expect(throws: PlatformError.unknownInstance(before.id)) {
                try await platform.restart(environment: "staging", instance: before.id)
            }
        }
    }

    @Test func `a release that crashes is not ready, with its last lines and no secret`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            let error = await #expect(throws: PlatformError.self) {
                try await platform.ensure(
                    house.bundle(variables: ["MODE": "crash"]), service: "api", count: 1, deadline: .seconds(3))
            }
            guard case .notReady(_, let reason, let log) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("exited with code 1"))
            #expect(log.contains("no database"))
            #expect(log.contains { $0.contains("with •••") })
            #expect(!log.contains { $0.contains("canary") })
            let instance = try await platform.instances(environment: "dev")[0]
            #expect(instance.healthFailures >= 1 && !instance.ready)
        }
    }

    @Test func `a release that never becomes ready fails at the deadline`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            try await expectNotReady(platform, house.bundle(variables: ["MODE": "unready"]), "answers 503")
        }
    }

    @Test func `an instance that reports another configuration proves nothing`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            try await expectNotReady(
                platform, house.bundle(variables: ["DIGEST": "other"]), "configuration digest other, and d is expected")
            let instance = try await platform.instances(environment: "dev")[0]
            #expect(instance.proof == .attested)
        }
    }

    /// On a slow machine the process may not have answered by the first deadline.
    private func expectNotReady(_ platform: LocalPlatform, _ bundle: Rollouts.Bundle, _ words: String) async throws {
        var said = ""
        for deadline in [2, 20, 60] where !said.contains(words) {
            let error = await #expect(throws: PlatformError.self) {
                try await platform.ensure(bundle, service: "api", count: 1, deadline: .seconds(deadline))
            }
            guard case .notReady(_, let reason, _) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            said = reason
        }
        #expect(said.contains(words), "\(said)")
    }

    @Test func `what ended is forgotten with its log after a while, what runs is not`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            let bundle = house.bundle()
            let ids = try await platform.ensure(bundle, service: "api", count: 2, deadline: .seconds(20)).map(\.id)
            let logs = ids.map { house.folder.file("logs/dev/\($0).log") }
            #expect(logs.allSatisfy { LogFile(path: $0).exists })
            try await platform.stop(environment: "dev", instances: [ids[0]])
            let now = SystemWallClock().now
            #expect(try await platform.forget(environment: "dev", endedBefore: now + .seconds(-600)) == 0)
            #expect(try await platform.forget(environment: "dev", endedBefore: now + .seconds(600)) == 1)
            #expect(logs.map { LogFile(path: $0).exists } == [false, true])
            #expect(try await platform.instances(environment: "dev").map(\.id) == [ids[1]])
        }
    }

    @Test func `a missing executable is a clear error at once`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            let error = await #expect(throws: PlatformError.self) {
                try await platform.ensure(
                    house.bundle(command: ["./absent"]), service: "api", count: 1, deadline: .seconds(20))
            }
            guard case .cannotStart(_, let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("absent cannot be run: No such file or directory"))
        }
    }

    @Test func `an instance whose port is taken gets another`() async throws {
        let house = try await TestHouse()
        try await house.supervised { platform in
            let bundle = house.bundle(variables: ["MODE": "occupied", "MARKER": house.folder.file("marker")])
            let instance = try await platform.ensure(bundle, service: "api", count: 1, deadline: .seconds(20))[0]
            #expect(instance.ready && instance.restarts == 1)
        }
    }

    @Test func `a new engine finds the instances of the one before, the unrecorded start among them`() async throws {
        let house = try await TestHouse()
        let first = house.platform()
        let before = try await first.ensure(house.bundle(), service: "api", count: 2, deadline: .seconds(20))
        // As after a crash between start and record.
        _ = try await house.database.write { connection in
            try connection.execute("UPDATE instances SET pid = NULL, started = NULL WHERE id = ?", [before[0].id])
        }
        try await house.supervised { second in
            let found = await eventually {
                let now = try? await second.instances(environment: "dev")
                return now?.filter { $0.ready }.map { $0.pid } == before.map { $0.pid }
            }
            #expect(found)
            // Adopted, it is not our child; it is missed all the same. Here it is one, so the exit is known.
            kill(pid_t(before[1].pid!), SIGTERM)
            let back = await eventually {
                let now = try? await second.instances(environment: "dev")
                return now?.count == 2 && now?.allSatisfy { $0.ready } == true && now?[1].pid != before[1].pid
            }
            #expect(back)
        }
        for pid in before.compactMap(\.pid) { #expect(!(ProcessTable().entry(pid)?.isDead == false)) }
    }

    @Test func `a zombie is dead`() async throws {
        let folder = try TemporaryFolder()
        let launch = Launch(
            executable: "/bin/true", arguments: [], environment: [:], folder: folder.path, log: folder.file("log"))
        let pid = try launch.start()
        let table = ProcessTable()
        let started = try #require(table.entry(pid)?.started)
        #expect(await eventually { table.entry(pid)?.state == "Z" })
        #expect(!table.runs(pid, started: started))
        #expect(table.end(of: pid, started: started) == .exited(0))
        #expect(table.end(of: pid, started: started) == .unknown)
    }

    @Test func `migrations run with the service's environment, and their failure shows masked lines`() async throws {
        let house = try await TestHouse()
        let platform = house.platform()
        let report = try await platform.migrate(house.bundle(), deadline: .seconds(20))
        #expect(report.output == "migrated with •••")
        let error = await #expect(throws: PlatformError.self) {
            try await platform.migrate(house.bundle(variables: ["MIGRATION_CODE": "3"]), deadline: .seconds(20))
        }
        #expect(
            error
                == .migrationFailed(
                    reason: "The migrations' process exited with code 3, and said: migrated with •••",
                    log: ["migrated with •••"]))
        await #expect(throws: PlatformError.self) {
            try await platform.migrate(
                house.bundle(variables: ["MIGRATION_SECONDS": "30"]), deadline: .milliseconds(500))
        }
    }
}
