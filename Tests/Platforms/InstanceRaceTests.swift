import Contract
import Platforms
import Rollouts
import Secrets
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1)))
struct InstanceRaceTests {
    @Test func `an instance that is stopped while it starts never becomes a process`() async throws {
        let house = try await TestHouse()
        let (asked, isAsked) = AsyncStream<Void>.makeStream()
        let (open, gate) = AsyncStream<Void>.makeStream()
        let platform = LocalPlatform(
            stateDirectory: house.folder.path, database: house.database, http: house.http,
            keys: InstanceKeys(
                secrets: { _ in
                    isAsked.yield()
                    for await _ in open {}
                    return ["API_KEY": Secret("value")]
                }, digestKey: { _ in Secret("digest-key") }, controlToken: { _ in Secret("token") }),
            wallClock: SystemWallClock(), newID: { "\($0)-race-\(house.folder.path.hashValue.magnitude)" },
            inherited: ["PATH": "/usr/bin:/bin"])
        let ensuring = Task {
            try await platform.ensure(house.bundle(), service: "api", count: 1, deadline: .seconds(1))
        }
        for await _ in asked { break }
        let id = try #require(try await platform.instances(environment: "dev").first).id
        try await platform.stop(environment: "dev", service: "api", bundle: digest("a"))
        gate.finish()
        await #expect(throws: PlatformError.self) { try await ensuring.value }
        #expect(ProcessTable().leaders(withVariable: InstanceEnvironment.instance)[id] == nil)
        #expect(try await platform.instances(environment: "dev").isEmpty)
    }

    @Test func `who gave up waiting starts nothing`() async throws {
        let house = try await TestHouse()
        let platform = house.platform()
        let ensuring = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await platform.ensure(house.bundle(), service: "api", count: 1, deadline: .seconds(5))
        }
        ensuring.cancel()
        await #expect(throws: PlatformError.self) { try await ensuring.value }
        #expect(try await platform.instances(environment: "dev").isEmpty)
    }

    @Test func `whoever asks first sees all that an engine before started`() async throws {
        let house = try await TestHouse()
        let before = try await house.platform().ensure(
            house.bundle(), service: "api", count: 3, deadline: .seconds(20))
        let second = house.platform()
        let seen = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await second.instances(environment: "dev").count } }
            return try await group.reduce(into: [Int]()) { $0.append($1) }
        }
        #expect(seen == Array(repeating: before.count, count: 20))
        try await house.stopAll(second)
    }
}
