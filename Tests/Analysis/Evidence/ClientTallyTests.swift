import Analysis
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ClientTallyTests {
    @Test func `a client's retries are one error`() {
        var tally = ClientTally()
        for _ in 0..<7 { tally.add(client: 1, arm: .candidate, failed: true, at: 0) }
        for client in 2...10 as ClosedRange<UInt64> { tally.add(client: client, arm: .reference, failed: false, at: 0) }
        let tick = tally.take(at: 5)
        #expect(tick.candidate == ArmCount(requests: 1, errors: 1))
        #expect(tick.reference == ArmCount(requests: 9, errors: 0))
        #expect(tick.largestCluster == 7)
        #expect(tally.take(at: 10) == ClientTally.Tick())
    }

    @Test func `a client counts with its first request, for one arm`() {
        var tally = ClientTally()
        tally.add(client: 1, arm: .candidate, failed: false, at: 0)
        tally.add(client: 1, arm: .candidate, failed: true, at: 1)
        tally.add(client: 1, arm: .reference, failed: true, at: 2)
        let tick = tally.take(at: 5)
        #expect(tick.candidate == ArmCount(requests: 1, errors: 0))
        #expect(tick.reference == ArmCount(requests: 0, errors: 0))
        #expect(tick.largestCluster == 2)
    }

    @Test func `a client counts again in the next tick, or after its span`() {
        var tally = ClientTally()
        var slow = ClientTally(span: 12)
        var counted: [Int64] = []
        var slowly: [Int64] = []
        for at in stride(from: 0, to: 40, by: 5) as StrideTo<Int64> {
            tally.add(client: 1, arm: .candidate, failed: true, at: at)
            slow.add(client: 1, arm: .candidate, failed: true, at: at)
            counted.append(tally.take(at: at + 4).candidate.errors)
            slowly.append(slow.take(at: at + 4).candidate.errors)
        }
        #expect(counted == [1, 1, 1, 1, 1, 1, 1, 1])
        #expect(slowly == [1, 0, 0, 1, 0, 0, 1, 0])
    }

    @Test func `clients beyond the limit are left out of both arms`() {
        var tally = ClientTally(limit: 3)
        for client in 1...10 as ClosedRange<UInt64> { tally.add(client: client, arm: .candidate, failed: true, at: 0) }
        let tick = tally.take(at: 1)
        #expect(tick.candidate == ArmCount(requests: 3, errors: 3))
        #expect(tick.leftOut == 7)
    }

    /// 50 clients whose requests go to the candidate one time in ten, and whose failures are repeated four times.
    @Test func `a retry storm that has nothing to do with the release is no verdict`() {
        var random = SplitMix(seed: 40)
        var failed = (raw: 0, clients: 0)
        for _ in 0..<60 {
            var raw = ComparedRateTest()
            var byClient = ComparedRateTest()
            var isOver = (raw: false, clients: false)
            for tick in 0..<60 as Range<Int64> {
                var tally = ClientTally()
                var (new, old) = (ArmCount(requests: 0, errors: 0), ArmCount(requests: 0, errors: 0))
                for client in 0..<50 as Range<UInt64> {
                    let arm = random.uniform() < 0.1 ? ClientTally.Arm.candidate : .reference
                    let fails = random.uniform() < 0.02
                    for _ in 0..<(fails ? 5 : 1) {
                        tally.add(client: client, arm: arm, failed: fails, at: tick)
                        let one = ArmCount(requests: 1, errors: fails ? 1 : 0)
                        if arm == .candidate { new = new + one } else { old = old + one }
                    }
                }
                let counted = tally.take(at: tick)
                raw.observe(candidate: new, reference: old)
                byClient.observe(candidate: counted.candidate, reference: counted.reference)
                isOver = (isOver.raw || raw.logE > 4.6, isOver.clients || byClient.logE > 4.6)
            }
            failed = (failed.raw + (isOver.raw ? 1 : 0), failed.clients + (isOver.clients ? 1 : 0))
        }
        #expect(failed.raw >= 6)
        #expect(failed.clients <= 1)
    }

    /// It sends twenty requests a tick to both arms; counted in each of them, it would be half of the candidate's errors.
    @Test func `a client that always fails and asks often does not weigh on the arm with less traffic`() {
        var random = SplitMix(seed: 41)
        var test = ComparedRateTest()
        for tick in 0..<300 as Range<Int64> {
            var tally = ClientTally()
            for client in 0..<60 as Range<UInt64> {
                for _ in 0..<(client == 0 ? 20 : 1) {
                    let arm = random.uniform() < 0.1 ? ClientTally.Arm.candidate : .reference
                    tally.add(client: client, arm: arm, failed: client == 0, at: tick)
                }
            }
            let counted = tally.take(at: tick)
            test.observe(candidate: counted.candidate, reference: counted.reference)
            #expect(test.logE < 4.6)
        }
    }
}
