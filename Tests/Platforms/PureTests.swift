import Platforms
import Rollouts
import Testing

struct PureTests {
    private func arm(_ digit: Character, _ percent: Int, _ count: Int) -> TrafficSplit.Arm {
        .init(
            bundle: digest(digit), release: "v", percent: percent,
            instances: (0..<count).map { .init(id: "\(digit)-\($0)", port: 1000 + $0) })
    }

    @Test(arguments: [(95, 2, 5, 1), (50, 3, 50, 2), (99, 4, 1, 1), (90, 1, 10, 3), (67, 2, 33, 7)])
    func `weights give the arms their percentages within half a point`(_ a: Int, _ n: Int, _ b: Int, _ m: Int) {
        let weights = ServerWeights.weights([arm("a", a, n), arm("b", b, m)])
        let total = Double(weights[0] * n + weights[1] * m)
        #expect(abs(Double(weights[0] * n) / total - Double(a) / 100) < 0.005)
        #expect(weights.allSatisfy { (1...256).contains($0) })
    }

    @Test func `an arm without a percentage weighs nothing`() {
        #expect(ServerWeights.weights([arm("a", 100, 2), arm("b", 0, 1)]) == [1, 0])
        #expect(ServerWeights.weights([arm("a", 0, 2)]) == [0])
    }

    @Test func `job ranges cover all buckets once`() {
        let shares = ShareRanges.ranges([arm("a", 90, 4), arm("b", 10, 3)])
        var claims = [Int](repeating: 0, count: 100)
        for share in shares.values where !share.isEmpty { for bucket in share.from..<share.to { claims[bucket] += 1 } }
        #expect(claims.allSatisfy { $0 == 1 })
        #expect(shares.count == 7)
    }

    @Test func `back-off doubles, is bounded, and begins anew after a healthy minute`() {
        var health = InstanceHealth()
        let start = ContinuousClock.now
        var waits: [Duration] = []
        for _ in 0..<8 { waits.append(health.crashed(at: start)) }
        #expect(waits.prefix(3) == [.milliseconds(500), .seconds(1), .seconds(2)])
        #expect(waits.last == .seconds(30))
        #expect(health.failures == 8 && health.crashesUnready == 8)
        health.passed(at: start, counts: false)
        #expect(health.failures == 8)
        #expect(health.crashed(at: start + .seconds(61)) == .milliseconds(500))
    }

    @Test func `three dead liveness probes in a row restart, two do not`() {
        var health = InstanceHealth()
        let answers = [false, false, true, false, false, false].map { health.liveness($0) }
        #expect(answers == [false, false, false, false, false, true])
    }

    @Test func `the log's ring forwards to nobody, since HAProxy would spin while no engine listens`() throws {
        let text = HAProxyConfiguration(DesiredTraffic()).text
        let section = try #require(text.split(separator: "\nring ").last)
        #expect(section.hasPrefix(HAProxyConfiguration.ring))
        #expect(!section.contains("server "))
    }

    @Test func `log lines are put together from pieces`() {
        var lines = LogLines()
        let whole = ["hel", "lo\nabc\nx", "y", "\n\n"].map { lines.add(Array($0.utf8)) }
        #expect(whole == [[], ["hello", "abc"], [], ["xy"]])
    }

    @Test func `a log line is read, and one without an answer has no time`() {
        let line = RequestLine(
            #"{"p":7,"b":"b.api","s":"api-1","c":503,"w":1,"k":2,"r":30,"a":40,"n":"0","t":"--","m":"1"}"#)
        #expect(line?.worker == 7 && line?.milliseconds == 33 && line?.smoke == true && line?.status == 503)
        let lost = RequestLine(#"{"p":7,"b":"b","s":"s","c":502,"w":1,"k":2,"r":-1,"a":4,"n":"+3","t":"SH","m":"-"}"#)
        #expect(lost?.milliseconds == nil && lost?.smoke == false)
        #expect(RequestLine("a notice") == nil)
    }

    @Test func `a line names its client by a digest, and a client that went away failed nobody`() throws {
        let client = #","h":"998B45D0D59D3A1A"}"#
        let line = try #require(
            RequestLine(#"{"p":7,"b":"b","s":"s","c":503,"w":1,"k":2,"r":-1,"a":4,"n":"0","t":"SC","m":"-""# + client))
        #expect(line.client == 0x998B_45D0_D59D_3A1A)
        let gone = try #require(
            RequestLine(#"{"p":7,"b":"b","s":"s","c":-1,"w":1,"k":2,"r":-1,"a":4,"n":"0","t":"CH","m":"-""# + client))
        var counts = RequestCounts()
        counts.addClient(line)
        counts.addClient(gone)
        #expect(counts.clients == 1 && counts.failedClients == 1)
        #expect((counts + counts).since(counts).failedClients == 1)
    }

    @Test func `a client counts once in a span, and memory of clients is bounded`() {
        var memory = ClientMemory()
        let first = [memory.isFirst(1, at: 0), memory.isFirst(1, at: 1)]
        #expect(first == [true, false])
        #expect(!memory.tellsApart)
        let others = (2...5).map { memory.isFirst(UInt64($0), at: 2) }
        #expect(others == [true, true, true, true])
        #expect(memory.tellsApart)
        let again = memory.isFirst(1, at: ClientMemory.span)
        #expect(again)
        var counted = 0
        for client in 0..<(2 * ClientMemory.limit) where memory.isFirst(UInt64(client), at: ClientMemory.span + 3) {
            counted += 1
        }
        #expect(counted <= ClientMemory.limit)
        let later = memory.isFirst(7_000_000, at: 3 * ClientMemory.span)
        #expect(later)
    }

    @Test func `a worker's counts go on across its restart`() throws {
        func text(_ done: Int, _ failed: Int) -> String {
            """
            pipeline_jobs_total{release="v1",outcome="complete"} \(done)
            pipeline_jobs_total{release="v1",outcome="deadletter"} \(failed)
            pipeline_jobs_total{release="v1",outcome="handed_back"} 9
            pipeline_job_duration_seconds_bucket{release="v1",le="0.5"} \(done)
            pipeline_job_duration_seconds_bucket{release="v1",le="+Inf"} \(done + failed)
            pipeline_jobs_in_flight{release="v1"} 1
            """
        }
        var tally = WorkerTally()
        tally.saw(try #require(WorkerCounters(openMetrics: text(5, 2))))
        tally.saw(try #require(WorkerCounters(openMetrics: text(1, 0))))
        #expect(tally.total.done == 6 && tally.total.failed == 2 && tally.total.inFlight == 1)
        #expect(tally.total.durations == [500: 6, 1e300: 2])
        #expect(WorkerCounters(openMetrics: "up 1") == nil)
    }
}
