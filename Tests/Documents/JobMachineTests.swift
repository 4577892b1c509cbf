import Testing

@testable import Documents

struct JobMachineTests {
    @Test func `a job that succeeds goes all the way`() throws {
        var job = JobMachine()
        _ = try job.handle(.bytesArrived)
        _ = try job.handle(.claimed)
        for status in JobStatus.path.dropFirst(2).dropLast() {
            #expect(try job.handle(.advanced(to: status)) == .none)
        }
        #expect(try job.handle(.advanced(to: .complete)) == .finished)
        #expect(job.state == .done)
    }

    @Test func `a job cannot be claimed before its bytes have arrived`() {
        var job = JobMachine()
        #expect(throws: JobTransitionError.self) { try job.handle(.claimed) }
    }

    @Test func `a status never goes back`() throws {
        var job = JobMachine(status: .chunksStored, state: .working)
        for status in JobStatus.path.prefix(6) {
            #expect(throws: JobTransitionError.self) { try job.handle(.advanced(to: status)) }
        }
        #expect(job.status == .chunksStored)
    }

    @Test func `three retries, then the dead letters`() throws {
        var job = JobMachine(status: .parseQueued)
        for attempt in 0..<3 {
            _ = try job.handle(.claimed)
            #expect(try job.handle(.failedTransiently) == .retryLater(attempt: attempt))
            #expect(job.status == .parseQueued)
        }
        _ = try job.handle(.claimed)
        #expect(try job.handle(.failedTransiently) == .buried)
        #expect(job == JobMachine(status: .failedParse, state: .deadletter, retryCount: 3))
    }

    @Test(arguments: JobStage.allCases)
    func `a failed job that is retried is one that workers select`(stage: JobStage) throws {
        for status in stage.statuses {
            var job = JobMachine(status: status, state: .working)
            #expect(try job.handle(.failedPermanently) == .buried)
            #expect(job.status == stage.failure)
            _ = try job.handle(.retried)
            #expect(job.status.nextStage == stage && job.state == .queued && job.retryCount == 0)
        }
    }

    @Test func `a job that takes its workers with it is buried in the end`() throws {
        var job = JobMachine(status: .parseQueued)
        for _ in 1..<JobMachine.maximumLostLeases {
            _ = try job.handle(.claimed)
            #expect(try job.handle(.leaseExpired) == .none)
        }
        _ = try job.handle(.claimed)
        #expect(try job.handle(.leaseExpired) == .buried)
    }

    @Test func `handing a job back is no attempt`() throws {
        var job = JobMachine(status: .parseQueued)
        for _ in 0..<50 {
            _ = try job.handle(.claimed)
            _ = try job.handle(.handedBack)
        }
        #expect(job == JobMachine(status: .parseQueued))
    }

    @Test func `what is done stays done`() {
        let events: [JobMachine.Event] = [
            .bytesArrived, .claimed, .advanced(to: .complete), .handedBack, .leaseExpired, .failedTransiently,
            .failedPermanently, .retried,
        ]
        for event in events {
            var job = JobMachine(status: .complete, state: .done)
            #expect(throws: JobTransitionError.self) { try job.handle(event) }
        }
    }

    @Test func `progress only grows along the way`() {
        #expect(JobStatus.path.map(\.totalPercent) == [10, 20, 30, 35, 45, 50, 60, 70, 80, 100])
    }

    @Test func `retries wait three seconds, doubled each time, within the limit`() {
        #expect(RetrySchedule.delay(attempt: 0, jitter: 1) == .seconds(3))
        #expect(RetrySchedule.delay(attempt: 2, jitter: 1) == .seconds(12))
        #expect(RetrySchedule.delay(attempt: 2, jitter: 0) == .seconds(6))
        #expect(RetrySchedule.delay(attempt: 50, jitter: 1) == .seconds(300))
        #expect(RetrySchedule.delay(attempt: 0, jitter: 0, retryAfter: .seconds(20)) == .seconds(20))
        #expect(RetrySchedule.delay(attempt: 0, jitter: 0, retryAfter: .seconds(2000)) == .seconds(300))
    }

    @Test(arguments: [(0, 120), (1, 120), (50, 120), (51, 240), (250, 600), (5000, 600)])
    func `a parse has two minutes for every fifty pages`(pages: Int, seconds: Int) {
        #expect(ParseTimeout.limit(pages: pages) == .seconds(seconds))
    }
}
