import Definitions
import Foundation
import Storage
import TestSupport
import Testing

@testable import Rollouts

@Suite(.timeLimit(.minutes(2))) struct SnapshotTests {
    /// Every stored property as JSON, those that a rollout's record leaves out among them.
    private static func properties(_ rollout: Rollout) throws -> [String: String] {
        try Mirror(reflecting: rollout).children.reduce(into: [:]) { all, child in
            let value = try #require(child.value as? any Encodable, "\(child.label ?? "?") cannot be compared")
            all[child.label ?? ""] = try CanonicalJSON.encode(value)
        }
    }

    private static func expectWhole(_ rollout: Rollout, _ place: SourceLocation = #_sourceLocation) throws {
        let text = try CanonicalJSON.encode(RolloutSnapshot(rollout))
        let again = try CanonicalJSON.decode(RolloutSnapshot.self, text).whole
        #expect(try properties(again) == properties(rollout), sourceLocation: place)
    }

    @Test func `a snapshot holds everything that a rollout is, whatever it is about`() throws {
        var hand = try Hand(
            steps: [
                .run(CommandTests.warmUp), .weight(10), .bake(.seconds(60), evidence: Evidence(minimumRequests: 10)),
                .weight(100),
            ],
            hooks: [CommandTests.hook(.before, .starting, "announce"), CommandTests.hook(.after, .starting, "warm")])
        let old = try #require(hand.course.from)
        try Self.expectWhole(hand.rollout)
        try hand.pass()
        try Self.expectWhole(hand.rollout)
        try hand.command(0)
        try hand.ready(hand.course.to)
        try Self.expectWhole(hand.rollout)
        try hand.command(0)
        try hand.command(0)
        try Self.expectWhole(hand.rollout)
        try hand.shift(10)
        for number in 0..<40 { try hand.look(number) }
        #expect(!hand.rollout.judges.isEmpty && !hand.rollout.lookedAt.isEmpty && !hand.rollout.begun.isEmpty)
        try Self.expectWhole(hand.rollout)
        try hand.take(.abortRequested(.init(by: "me", reason: "enough")))
        try hand.ready(old)
        try Self.expectWhole(hand.rollout)
        try hand.shift(0)
        #expect(!hand.rollout.restored.isEmpty)
        try Self.expectWhole(hand.rollout)
    }

    @Test func `folding from the last snapshot comes to what the whole journal comes to`() async throws {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("journal.sqlite"))")
        try await RolloutSchema.migrator.migrate(database, now: 0)
        try await database.write { connection in
            let start = Timestamp(microseconds: 0)
            let lease = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(9_000), now: start, connection)
            var journaled = Rollout(id: "r")
            var hand = try Hand(steps: [
                .weight(10), .bake(.seconds(9_000), evidence: Evidence(minimumRequests: 10)), .weight(100),
            ])
            hand.taken = { event, at in
                journaled = try Journal.step(journaled, event, at: at, lease: lease, connection).rollout
            }
            try hand.restart()
            try hand.pass()
            try hand.ready(hand.course.to)
            try hand.shift(10)
            for number in 0..<(2 * Journal.snapshotSpan + 20) { try hand.look(number) }

            let kept = try #require(try Journal.snapshot("r", connection))
            #expect(kept.seq == 2 * Journal.snapshotSpan)
            let folded = try Journal.fold("r", connection)
            #expect(folded.seq == journaled.seq)
            #expect(try Self.properties(folded) == Self.properties(journaled))
            #expect(try Self.properties(folded) == Self.properties(try Journal.foldAll("r", connection)))

            // What cannot be read, or is of another version, is folded again.
            try connection.execute("UPDATE snapshots SET document = '{}' WHERE rollout = 'r'")
            #expect(try Journal.fold("r", connection).seq == journaled.seq)
            try connection.execute("UPDATE snapshots SET machine = 0 WHERE rollout = 'r'")
            #expect(try Journal.snapshot("r", connection) == nil)
        }
        await database.close()
    }
}

extension Hand {
    /// A look at a tenth of fifty requests a second, none of which fails.
    mutating func look(_ number: Int) throws {
        let now = Timestamp(microseconds: (seconds + 1) * 1_000_000)
        let arms = [(course.to, Int64(10)), (try #require(course.from), 90)].map { bundle, each in
            SignalSample.Arm(
                bundle: bundle, requests: each * Int64(number), errors: 0,
                latency: [.init(upTo: 5, count: 0), .init(upTo: 10, count: each * Int64(number))], instances: 2,
                ready: 2, healthFailures: 0, restarts: 0)
        }
        let sample = SignalSample(service: "api", at: now, epoch: "1", arms: arms)
        try take(.sampled(.init(action: key, sample: sample)))
    }
}
