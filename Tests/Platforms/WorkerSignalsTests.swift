import Analysis
import HTTPClient
import Rollouts
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import Platforms

/// Two workers that tell what they counted in OpenMetrics text.
private final class Workers: HTTPSending {
    struct Counted {
        var jobs = 0
        var failed = 0
        /// Jobs by upper bound of their seconds, and of their dollars.
        var seconds: [Double: Int] = [:]
        var dollars: [Double: Int] = [:]
        var spent = 0.0
    }

    /// By port.
    let counted = Mutex<[Int: Counted]>([:])

    func add(_ port: Int, jobs: Int, seconds: Double, dollars: Double) {
        counted.withLock {
            var worker = $0[port] ?? Counted()
            worker.jobs += jobs
            worker.seconds[seconds, default: 0] += jobs
            worker.dollars[dollars, default: 0] += jobs
            worker.spent += dollars * Double(jobs)
            $0[port] = worker
        }
    }

    func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let port = Int(request.url.split(separator: "/")[1].split(separator: ":")[1]) ?? 0
        let worker = counted.withLock { $0[port] ?? Counted() }
        var lines = [
            #"pipeline_jobs_total{release="v",outcome="complete"} \#(worker.jobs)"#,
            #"pipeline_jobs_total{release="v",outcome="deadletter"} \#(worker.failed)"#,
            #"pipeline_job_cost_dollars_sum{release="v"} \#(worker.spent)"#,
        ]
        lines += Self.buckets("pipeline_job_duration_seconds", [0.5, 1, 2, 5, 10], worker.seconds)
        lines += Self.buckets("pipeline_job_cost_dollars", [0, 0.01, 0.015, 0.022, 0.033], worker.dollars)
        return HTTPResponse(
            status: 200, headers: [], body: Array(lines.joined(separator: "\n").utf8), timings: HTTPTimings())
    }

    func stream(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStreamedResponse {
        throw .invalidRequest(url: request.url, reason: "nothing streams here")
    }

    private static func buckets(_ name: String, _ bounds: [Double], _ counts: [Double: Int]) -> [String] {
        var sum = 0
        let lines = bounds.map { bound in
            sum += counts[bound] ?? 0
            return "\(name)_bucket{release=\"v\",le=\"\(bound)\"} \(sum)"
        }
        return lines + ["\(name)_bucket{release=\"v\",le=\"+Inf\"} \(sum)"]
    }
}

@Suite(.timeLimit(.minutes(1))) struct WorkerSignalsTests {
    private static let (new, old) = (Digest(of: [1]), Digest(of: [2]))
    private let workers = Workers()

    /// A look at both, through the router of shares.
    private func look(_ router: ShareRouter, at seconds: Int64) async throws -> Look {
        let seen = try await router.observe(environment: "dev", service: "worker")
        let arms = seen.arms.map { arm in
            SignalSample.Arm(
                bundle: arm.bundle, requests: arm.requests, errors: arm.errors, latency: arm.latency, instances: 1,
                ready: 1, healthFailures: 0, restarts: 0, costs: arm.costs)
        }
        let sample = SignalSample(
            service: "worker", at: Timestamp(microseconds: seconds * 1_000_000), epoch: seen.epoch, arms: arms,
            broken: seen.broken)
        return Look(sample, candidate: Self.new, reference: Self.old)
    }

    /// Looks until a verdict fails: each time five jobs of the new bundle and twenty of the old one have ended.
    private func failure(seconds: Double, dollars: Double) async throws -> Verdict? {
        let router = ShareRouter(http: workers) { _ in Secret("token") }
        let arms = [(Self.new, 20, 4_001), (Self.old, 80, 4_002)].map { bundle, percent, port in
            TrafficSplit.Arm(
                bundle: bundle, release: "v", percent: percent, instances: [.init(id: "w\(port)", port: port)])
        }
        try await router.apply(
            TrafficSplit(
                environment: "dev", service: "worker", port: nil, sharePath: nil, readinessPath: "/health", arms: arms))
        var rules = JudgeRules(gap: .seconds(10))
        rules.evidence?.warmUp = .zero
        rules.evidence?.thresholds = LatencyThresholds(
            baseline: LatencyHistogram([(upTo: 500, count: 100), (upTo: 1_000, count: 400), (upTo: 2_000, count: 0)]))
        rules.evidence?.costThresholds = LatencyThresholds(
            baseline: LatencyHistogram([(upTo: 0.01, count: 100), (upTo: 0.015, count: 400), (upTo: 0.022, count: 0)]))
        var judge = ServiceJudge(service: "worker", rules: rules)
        for look in 0..<40 {
            let seen = try await self.look(router, at: Int64(look) * 2)
            if let failure = judge.observe(seen).verdicts.first(where: { $0.verdict == .fail }) { return failure }
            workers.add(4_001, jobs: 5, seconds: seconds, dollars: dollars)
            workers.add(4_002, jobs: 20, seconds: 1, dollars: 0.015)
        }
        return nil
    }

    @Test func `a worker whose jobs take twice as long fails by the durations that it counts itself`() async throws {
        let verdict = try #require(try await failure(seconds: 2, dollars: 0.015))
        #expect(verdict.signal == "latency" && verdict.samples <= 40)
        #expect(verdict.why.contains("took longer than 1000 ms"), "\(verdict.why)")
    }

    @Test func `one whose jobs cost twice as much fails by what it says that they cost`() async throws {
        let verdict = try #require(try await failure(seconds: 1, dollars: 0.033))
        #expect(verdict.signal == "cost" && verdict.samples <= 40)
        #expect(verdict.why.hasPrefix("worker: $0.033 a job against $0.015 of the old bundle's"), "\(verdict.why)")
    }

    @Test func `one that does what the old one does passes, and so does one whose jobs cost nothing now`() async throws
    {
        #expect(try await failure(seconds: 1, dollars: 0.015) == nil)
        #expect(try await failure(seconds: 1, dollars: 0) == nil)
    }

    @Test func `costs are read without the jobs that cost nothing, and only where a worker tells them`() throws {
        let text = """
            pipeline_jobs_total{outcome="complete"} 9
            pipeline_job_cost_dollars_bucket{le="0.0"} 4
            pipeline_job_cost_dollars_bucket{le="0.01"} 6
            pipeline_job_cost_dollars_bucket{le="+Inf"} 9
            pipeline_job_cost_dollars_sum 0.123456789
            """
        let counters = try #require(WorkerCounters(openMetrics: text))
        #expect(counters.costs?.jobs == 5 && counters.costs?.nanodollars == 123_456_789)
        #expect(counters.costs?.histogram == LatencyHistogram([(upTo: 0.01, count: 2), (upTo: 1e300, count: 3)]))
        let twice = counters + counters
        #expect(twice.costs?.jobs == 10 && twice.costs?.nanodollars == 246_913_578)
        #expect(WorkerCounters(openMetrics: #"pipeline_jobs_total{outcome="complete"} 9"#)?.costs == nil)
        #expect(WorkerCounters(openMetrics: "pipeline_jobs_total{outcome=\"complete\"} 1e300")?.done == nil)
    }
}
