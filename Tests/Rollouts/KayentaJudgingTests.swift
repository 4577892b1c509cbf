import Analysis
import Definitions
import Storage
import TestSupport
import Testing

@testable import Rollouts

/// Kayenta's judge at the end of a bake, over an hour that is fed by hand.
@Suite(.timeLimit(.minutes(2)))
struct KayentaJudgingTests {
    /// An hour's bake at 20 %, looked at every eight seconds, and its journal judged again.
    private struct Bake {
        var rollout: Rollout
        var replay: Replay
        var looks: Int
    }

    /// - Parameters:
    ///   - new: the new bundle's error rate; the old one's is 1 %.
    ///   - each: is done before a look.
    private func bake(
        _ kayenta: KayentaDefinition = KayentaDefinition(), otherwise: Evidence.Otherwise = .hold, new: Double,
        hasOld: Bool = true, looks most: Int = 520,
        each: @escaping @Sendable (inout Hand, Int) throws -> Void = { _, _ in }
    ) async throws -> Bake {
        let folder = try TemporaryFolder()
        let database = try Databases.open(address: "sqlite:\(folder.file("journal.sqlite"))")
        try await RolloutSchema.migrator.migrate(database, now: 0)
        let evidence = Evidence(minimumRequests: 1_000, otherwise: otherwise, kayenta: kayenta)
        let result = try await database.write { connection in
            let lease = try Lease.acquire(
                environment: "dev", holder: "a", purpose: "r", for: .seconds(90_000), now: Timestamp(microseconds: 0),
                connection)
            var journaled = Rollout(id: "r")
            var hand = try Hand(
                steps: [.weight(20), .bake(.seconds(3_600), evidence: evidence), .weight(100)], hasOld: hasOld)
            // The tests of errors are not what is tested here.
            hand.course.thresholds.evidence = EvidenceDefinition(falseAlarms: 1e-200)
            hand.course.thresholds.errorRate = 0.5
            hand.taken = { event, at in
                journaled = try Journal.step(journaled, event, at: at, lease: lease, connection).rollout
            }
            try hand.restart()
            try hand.pass()
            try hand.ready(hand.course.to)
            try hand.shift(hasOld ? 20 : 100)
            var random = SplitMix(seed: 11)
            var traffic = HandTraffic()
            var looks = 0
            while hand.rollout.stage.name == "analysing", looks < most {
                try each(&hand, looks)
                guard hand.rollout.stage.name == "analysing" else { break }
                traffic.add(new: new, old: 0.01, &random)
                hand.seconds += 7
                try hand.take(traffic.sample(hand))
                looks += 1
            }
            return Bake(rollout: hand.rollout, replay: try Journal.replay("r", connection), looks: looks)
        }
        await database.close()
        return result
    }

    @Test func `a release with four times the errors goes back after its hour, and the journal says the same`()
        async throws
    {
        let bake = try await bake(new: 0.04)
        #expect(bake.rollout.turn?.cause == .verdict && (450...460).contains(bake.looks))
        let verdict = try #require(bake.rollout.verdicts.first)
        #expect(verdict.signal == "kayenta" && verdict.verdict == .fail && verdict.value == 50)
        #expect(verdict.why.hasPrefix("api: Kayenta's judge gives 50 of 100 for 60 minutes: error_rate High (0.0"))
        #expect(bake.rollout.turn?.why == verdict.why)
        #expect(bake.replay.isSame && bake.replay.items.map(\.recorded) == [verdict])
    }

    @Test func `one as good goes on with a note of the score`() async throws {
        let bake = try await bake(new: 0.01)
        #expect(bake.rollout.stage == .shifting(service: "api", step: 2))
        let notes = bake.rollout.notes.filter { $0.contains("Kayenta") }
        #expect(
            notes.count == 1 && notes[0].hasPrefix("api: Kayenta's judge gives 100 of 100 for 60 minutes"), "\(notes)")
        #expect(bake.replay.isSame)
    }

    @Test func `a marginal score waits, is asked again each minute, and otherwise goes back`() async throws {
        let terms = KayentaDefinition(pass: 95, marginal: 50)
        let held = try await bake(terms, new: 0.04)
        #expect(held.looks == 520 && held.rollout.stage == .analysing(service: "api", step: 1))
        let verdict = held.rollout.latest["api"]?.first { $0.signal == "kayenta" }
        #expect(verdict?.verdict == .notEnoughEvidence && verdict?.samples == 69)
        #expect(verdict?.why.hasSuffix("; it waits for more") == true)
        let back = try await bake(terms, otherwise: .rollback, new: 0.04)
        #expect(back.rollout.turn?.cause == .deadline && (450...460).contains(back.looks))
        #expect(back.rollout.turn?.why.hasSuffix("and otherwise it is to be rolled back") == true)
    }

    @Test func `what passed while paused goes on at the first look after it, and is not asked again`() async throws {
        let bake = try await bake(new: 0.01, looks: 500) { hand, look in
            if look == 440 { try hand.take(.paused(.init(by: "me", reason: nil))) }
            if look == 490 { try hand.take(.resumed(.init(by: "me", reason: nil))) }
        }
        #expect(bake.looks == 491)
        #expect(bake.rollout.stage == .shifting(service: "api", step: 2))
        #expect(bake.rollout.notes.count { $0.contains("Kayenta") } == 1)
    }

    @Test func `a first bundle, which nothing serves beside, is not asked`() async throws {
        let bake = try await bake(new: 0.01, hasOld: false)
        #expect(bake.rollout.stage.name != "analysing" && bake.rollout.verdicts.isEmpty)
    }
}

/// Ten requests of the new bundle and forty of the old one a look.
private struct HandTraffic {
    var new = ArmCount(requests: 0, errors: 0)
    var old = ArmCount(requests: 0, errors: 0)

    mutating func add(new: Double, old: Double, _ random: inout SplitMix) {
        for _ in 0..<10 { self.new = self.new + ArmCount(requests: 1, errors: random.chance(new) ? 1 : 0) }
        for _ in 0..<40 { self.old = self.old + ArmCount(requests: 1, errors: random.chance(old) ? 1 : 0) }
    }

    func sample(_ hand: Hand) -> Event {
        func arm(_ bundle: Digest, _ count: ArmCount) -> SignalSample.Arm {
            SignalSample.Arm(
                bundle: bundle, requests: count.requests, errors: count.errors,
                latency: [.init(upTo: 10, count: count.requests)], instances: 2, ready: 2, healthFailures: 0,
                restarts: 0)
        }
        let arms = [arm(hand.course.to, new)] + (hand.course.from.map { [arm($0, old)] } ?? [])
        let at = Timestamp(microseconds: (hand.seconds + 1) * 1_000_000)
        return .sampled(.init(action: hand.key, sample: SignalSample(service: "api", at: at, epoch: "1", arms: arms)))
    }
}
