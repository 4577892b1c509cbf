import Contract
import Definitions
import Rollouts
import Testing

@Suite struct MigrationTests {
    private static func bundle(
        _ version: String, _ history: [(String, SchemaEffect?)], accepted: [String: String] = [:]
    ) throws -> Bundle {
        var release = release(version)
        release.artifacts[0].contract.migrations = MigrationContract(
            arguments: ["migrate"], tables: [],
            history: history.map { MigrationEntry(owner: "shop", id: $0.0, checksums: [:], effect: $0.1) })
        var build = builder(release, environment: "dev")
        build.environment.migrations = MigrationDefinition(service: "api", accepted: accepted)
        return try build.build(now: Timestamp(microseconds: 0))
    }

    private static let first: [(String, SchemaEffect?)] = [("001", .expand)]

    @Test func `a migration that only adds is applied without a word`() throws {
        let (old, new) = (try Self.bundle("v1", Self.first), try Self.bundle("v2", Self.first + [("002", .expand)]))
        let course = Course.make(from: old, to: new)
        #expect(course.migrations?.map(\.name) == ["shop/002"])
        #expect(course.refusedMigrations.isEmpty)
        #expect(Plan.make(course, from: old, to: new).notes == nil)
    }

    @Test func `a migration that the release before cannot live with is refused, and the plan says so`() throws {
        let (old, new) = (try Self.bundle("v1", Self.first), try Self.bundle("v2", Self.first + [("002", .contract)]))
        let course = Course.make(from: old, to: new)
        #expect(course.refusedMigrations.map(\.name) == ["shop/002"])
        let note = try #require(Plan.make(course, from: old, to: new).notes?.first)
        #expect(note.hasPrefix("Refused: shop/002 would take away or change what v1 may use"))
    }

    @Test(arguments: ["002", "shop/002"])
    func `one that was accepted with a reason is applied, and going back is said to be unsafe beforehand`(id: String)
        throws
    {
        let old = try Self.bundle("v1", Self.first)
        let new = try Self.bundle("v2", Self.first + [("002", .contract)], accepted: [id: "nobody reads it"])
        let course = Course.make(from: old, to: new)
        #expect(course.refusedMigrations.isEmpty)
        let note = try #require(Plan.make(course, from: old, to: new).notes?.first)
        #expect(note.contains("Going back to v1 is not safe"))
        #expect(note.contains("shop/002 (nobody reads it)"))
    }

    @Test func `whoever asks to go back is told beforehand what the release before cannot live with`() throws {
        let old = try Self.bundle("v1", Self.first)
        let new = try Self.bundle("v2", Self.first + [("002", .contract)], accepted: ["002": "nobody reads it"])
        let way = WayBack(from: new, to: old)
        #expect(way.release == "v2" && way.restored == "v1")
        #expect(way.warnings.first?.contains("Going back to v1 is not safe") == true)
        #expect(WayBack(from: new, to: old, turns: "r", isMigrated: false).warnings.isEmpty)
        let harmless = try Self.bundle("v3", Self.first + [("002", .expand)])
        #expect(WayBack(from: harmless, to: old).warnings.isEmpty)
    }

    @Test func `an artifact that does not say what a migration does is told so`() throws {
        let (old, new) = (try Self.bundle("v1", Self.first), try Self.bundle("v2", Self.first + [("002", nil)]))
        let course = Course.make(from: old, to: new)
        #expect(course.refusedMigrations.isEmpty)
        #expect(
            Plan.make(course, from: old, to: new).notes == ["v2 does not say whether v1 can live with shop/002."])
    }

    @Test func `an environment's first bundle may migrate as it likes`() throws {
        let new = try Self.bundle("v1", [("001", .contract)])
        let course = Course.make(from: nil, to: new)
        #expect(course.refusedMigrations.isEmpty)
        #expect(Plan.make(course, from: nil, to: new).notes == nil)
    }

    @Test func `a rollout that turns back after it migrated notes what the old release comes back to`() throws {
        let old = try Self.bundle("v1", Self.first)
        let new = try Self.bundle("v2", Self.first + [("002", .contract)], accepted: ["002": "planned"])
        let course = Course.make(from: old, to: new)
        func turned(migrates: Bool) throws -> Rollout {
            var rollout = Rollout(id: "r")
            let now = Timestamp(microseconds: 1)
            let requested = Event.Requested(
                environment: "dev", kind: .rollout, release: "v2", actor: "me", reason: nil, strategy: nil,
                machine: Rollout.machineVersion, target: nil, tick: .seconds(2))
            _ = try rollout.handle(.requested(requested), at: now)
            var course = course
            course.migrates = migrates
            _ = try rollout.handle(
                .preflightPassed(
                    .init(
                        action: rollout.pending[0].key, course: course,
                        plan: Plan.make(course, from: old, to: new))), at: now)
            _ = try rollout.handle(.abortRequested(.init(by: "me", reason: nil)), at: now)
            return rollout
        }
        #expect(try turned(migrates: true).notes.contains { $0.contains("Going back to v1 is not safe") })
        #expect(try turned(migrates: false).notes.isEmpty)
    }
}
