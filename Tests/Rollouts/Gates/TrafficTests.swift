import Definitions
import Rollouts
import Storage
import TestSupport
import Testing

private let one = Digest(of: [1])
private let two = Digest(of: [2])

private func sample(
    _ epoch: String, _ arms: [(Digest, Int64, Int64)], latency: [RouterObservation.LatencyBucket] = [],
    at time: Int64 = 0, broken: String? = nil
) -> SignalSample {
    SignalSample(
        service: "api", at: Timestamp(microseconds: time * 1_000_000), epoch: epoch,
        arms: arms.map {
            .init(
                bundle: $0.0, requests: $0.1, errors: $0.2, latency: latency, instances: 1, ready: 1, healthFailures: 0,
                restarts: 0)
        }, broken: broken)
}

@Suite(.timeLimit(.minutes(1))) struct `Traffic on record` {
    @Test func `counts each request once, over bundles, new epochs and broken looks`() {
        var mark: TrafficMark?
        func take(_ look: SignalSample) -> [Int64] {
            let sum = TrafficMark.take(&mark, look, slowerThan: nil)
            return [sum.requests, sum.errors]
        }
        #expect(take(sample("a", [(one, 100, 5)])) == [0, 0])
        #expect(take(sample("a", [(one, 110, 6)])) == [10, 1])
        #expect(take(sample("a", [(one, 110, 6), (two, 7, 1)])) == [7, 1])
        #expect(take(sample("a", [(two, 8, 1)])) == [1, 0])
        #expect(take(sample("a", [(one, 111, 6), (two, 8, 1)])) == [1, 0])
        #expect(take(sample("a", [], broken: "no answer")) == [0, 0])
        #expect(take(sample("b", [(two, 3, 2)])) == [3, 2])
        #expect(take(sample("b", [(two, 3, 2)])) == [0, 0])
    }

    @Test func `calls slow what took longer than the objective allows`() {
        var mark: TrafficMark?
        let limit = Duration.milliseconds(500)
        func look(_ fast: Int64, _ slow: Int64) -> SignalSample {
            sample(
                "a", [(one, fast + slow, 0)], latency: [.init(upTo: 500, count: fast), .init(upTo: 1_000, count: slow)])
        }
        _ = TrafficMark.take(&mark, look(0, 0), slowerThan: limit)
        let sum = TrafficMark.take(&mark, look(90, 10), slowerThan: limit)
        #expect(sum == TrafficSum(requests: 100, errors: 0, timed: 100, slow: 10))
    }

    @Test func `goes on where it was after a restart, and is summed over a window`() async throws {
        let folder = try TemporaryFolder()
        let address = "sqlite:\(folder.file("traffic.sqlite"))"
        let hour: Int64 = 3_600
        for (number, count) in [(0, 100), (1, 150), (2, 400)] as [(Int64, Int64)] {
            // Each look by an engine of its own.
            let database = try Databases.open(address: address)
            try await RolloutSchema.migrator.migrate(database, now: 0)
            try await database.write { connection in
                try TrafficRecord.take(
                    sample("a", [(one, count, count / 10)], at: 1_000 * hour + number * 2 * hour), environment: "dev",
                    slowerThan: nil, connection)
            }
            await database.close()
        }
        let database = try Databases.open(address: address)
        func sum(_ window: Duration) async throws -> TrafficSum {
            try await database.read {
                try TrafficRecord.sum(
                    environment: "dev", service: "api", window: window,
                    now: Timestamp(microseconds: 1_004 * hour * 1_000_000), $0)
            }
        }
        #expect(try await sum(.seconds(86_400)) == TrafficSum(requests: 300, errors: 30))
        #expect(try await sum(.seconds(3_600)) == TrafficSum(requests: 250, errors: 25))
        await database.close()
    }
}
