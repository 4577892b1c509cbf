import Rollouts
import Storage
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct RetentionTests {
    private static func looks(_ rollout: Rollout, _ stage: Stage) async throws -> Int {
        try await stage.engine.journal(rollout: rollout.id, after: 0).count { $0.event.type == "sampled" }
    }

    private static func drop(_ keep: Int, _ stage: Stage) async throws -> Int {
        try await stage.database.write { try Retention.dropLooks(environment: "dev", keep: keep, $0) }
    }

    @Test func `looks of old rollouts go, what people and verdicts did stays`() async throws {
        let stage = try await Stage()
        let first = try await stage.rollOut("v1")
        var taken: [Rollout] = []
        for _ in 0..<2 {
            stage.world.state.withLock { $0.errorRates["v2"] = 1 }
            taken.append(try await stage.rollOut("v2", reason: "once more"))
            try await stage.database.write { connection in
                _ = try connection.execute("UPDATE releases SET blocked = NULL", [])
            }
        }
        #expect(taken.map(\.outcome) == [.rolledBack, .rolledBack])
        #expect(try await Self.looks(taken[0], stage) > 0)
        let events = try await stage.engine.journal(rollout: taken[0].id, after: 0).filter {
            $0.event.type != "sampled"
        }

        #expect(try await Self.drop(2, stage) == 0)
        #expect(try await Self.drop(1, stage) > 0)
        #expect(try await Self.drop(1, stage) == 0)
        #expect(try await stage.engine.journal(rollout: taken[0].id, after: 0) == events)
        #expect(try await Self.looks(taken[1], stage) > 0)
        #expect(try await stage.engine.rollout(taken[0].id).verdicts == taken[0].verdicts)
        // The last success is folded again when its window ends.
        _ = try await stage.database.read { try Journal.fold(first.id, $0) }
        await stage.close()
    }

    @Test func `bundles that serve, that were before, and as many more as are kept can be rolled back to`() async throws
    {
        let stage = try await Stage()
        var bundles: [Digest] = []
        for version in ["v1", "v2", "v3"] {
            bundles.append(try #require(try await stage.rollOut(version).toBundle))
        }
        func forgettable(_ keep: Int) async throws -> [Digest] {
            try await stage.database.read { try Retention.forgettable(environment: "dev", keep: keep, $0) }
        }
        #expect(try await forgettable(3) == [])
        #expect(try await forgettable(2) == [bundles[0]])
        #expect(try await stage.database.read { try Retention.forgettable(environment: "other", keep: 2, $0) } == [])
        await stage.close()
    }

    @Test func `artifacts go that are in no newer release, and in no bundle that an environment can go back to`()
        async throws
    {
        let stage = try await Stage()
        for version in ["v1", "v2", "v3"] { _ = try await stage.rollOut(version) }
        func forgettable(_ releases: Int, _ bundles: Int?) async throws -> [Digest] {
            let bundles = bundles.map { ["dev": $0] } ?? [:]
            return try await stage.database.read {
                try Retention.forgettableArtifacts(releases: releases, bundles: bundles, $0)
            }
        }
        let oldest = release("v1").artifacts.map(\.digest)
        #expect(try await forgettable(1, 2) == oldest)
        #expect(try await forgettable(1, nil) == oldest)
        #expect(try await forgettable(1, 3) == [])
        #expect(try await forgettable(9, 2) == [])
        // A rollout that has just begun has no bundle yet.
        try await stage.database.write { connection in
            _ = try connection.execute(
                "UPDATE rollouts SET outcome = NULL WHERE document LIKE '%\"release\":\"v1\"%'", [])
        }
        #expect(try await forgettable(1, 2) == [])
        await stage.close()
    }
}
