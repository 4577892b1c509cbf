import Analysis
import Contract
import Definitions
import HTTPClient
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import Operations

@Suite(.timeLimit(.minutes(1)))
struct SeriesTests {
    private func metric(
        _ sample: String, _ reading: MetricThreshold.Reading, _ side: MetricLimit.Side = .above
    ) throws -> MetricThreshold {
        MetricThreshold(
            name: "x", service: "worker", source: .sample(try #require(SampleSelector(sample)), reading),
            limit: MetricLimit(side, 10), path: "/metrics")
    }

    private func request(_ metric: MetricThreshold) -> SignalRequest {
        var thresholds = Thresholds()
        thresholds.metrics = [metric]
        return SignalRequest(
            environment: "dev", service: "worker",
            arms: ["v2", "v1"].map { .init(bundle: Exporters.bundle($0), release: $0) }, thresholds: thresholds)
    }

    private func readings(_ exporters: Exporters, _ reader: SeriesReader, _ metric: MetricThreshold) async
        -> [MetricReading?]
    {
        let found = await reader.read(request(metric), exporters.instances)
        return ["v1", "v2"].map { found.readings[Exporters.bundle($0)]?["x"] }
    }

    @Test func `OpenMetrics text is read with its labels, escapes, timestamps and exemplars`() {
        let written = """
            # TYPE jobs counter
            # HELP jobs Jobs.
            jobs_total{outcome="done",why="a \\"b\\" }, {c"} 12 1700000000 # {trace="x"} 1
            jobs_total{outcome="failed"} 3
            # TYPE idle gauge
            temperature -1.5e2
            spaced { a = "1" , b = "two\\nlines", } 4
            broken{
            9lives 9
            # EOF
            """
        let text = OpenMetrics(Array(written.utf8))
        #expect(text.names == ["jobs", "jobs_total", "idle", "temperature", "spaced"])
        #expect(text.samples.map(\.value) == [12, 3, -150, 4])
        #expect(text.samples.last?.labels == ["a": "1", "b": "two\nlines"])
        #expect(text.samples.first?.labels["why"] == "a \"b\" }, {c")
        #expect(text.samples(of: SampleSelector(name: "jobs", labels: ["outcome": "failed"])) == [3])
        #expect(text.knows("jobs") && text.knows("idle") && !text.knows("job"))
        let some = OpenMetrics(Array(written.utf8), of: [SampleSelector(name: "jobs"), SampleSelector(name: "absent")])
        #expect(some.samples == Array(text.samples.prefix(2)) && some.names == ["jobs_total"])
    }

    @Test func `a gauge is the worst, a counter what came since, and a histogram its sum and count`() async throws {
        func text(_ depth: Int, _ jobs: Int, _ count: Int) -> String {
            "depth{q=\"a\"} \(depth)\ndepth{q=\"b\"} 1\njobs_total{o=\"x\"} \(jobs)\njobs_total{o=\"y\"} \(jobs)\n"
                + "size_bucket{le=\"+Inf\"} \(count)\nsize_sum \(count * 7)\nsize_count \(count)\n"
        }
        let exporters = try Exporters(["v1": text(5, 100, 10), "v2": text(9, 0, 0)])
        let http = HTTPClient(name: "test")
        let reader = SeriesReader(http: http, usage: NoUsage(), clock: MovedClock())
        #expect(try await readings(exporters, reader, metric("depth", .gauge)) == [.init(5), .init(9)])
        #expect(try await readings(exporters, reader, metric("depth", .gauge, .below)) == [.init(1), .init(1)])
        #expect(try await readings(exporters, reader, metric("depth{q=\"c\"}", .gauge)) == [nil, nil])

        // What was there when it was first asked is nobody's doing now.
        let rate = try metric("jobs", .rate)
        #expect(await readings(exporters, reader, rate) == [.init(0, count: 1), .init(0, count: 1)])
        exporters.say("v1", text(5, 110, 12))
        exporters.say("v2", text(9, 4, 3))
        #expect(await readings(exporters, reader, rate) == [.init(20, count: 1), .init(8, count: 1)])
        // Started again, it has counted all of it since.
        exporters.say("v2", text(9, 1, 0))
        #expect(await readings(exporters, reader, rate)[1] == .init(10, count: 1))

        let fresh = SeriesReader(http: http, usage: NoUsage(), clock: MovedClock())
        let average = try metric("size", .average)
        _ = await readings(exporters, fresh, average)
        exporters.say("v1", text(5, 110, 15))
        #expect(await readings(exporters, fresh, average)[0] == .init(21, count: 3))
        http.close()
    }

    @Test func `an instance that tells nothing is broken telemetry for the new bundle`() async throws {
        let exporters = try Exporters(["v1": "depth 1\n", "v2": "depth 1\n"])
        exporters.texts.withLock { $0["v2"] = nil }
        let http = HTTPClient(name: "test")
        let reader = SeriesReader(http: http, usage: NoUsage(), clock: MovedClock())
        let found = await reader.read(request(try metric("depth", .gauge)), exporters.instances)
        #expect(found.unanswered["x"]?.hasPrefix("no instance answers with OpenMetrics: ") == true)
        #expect(found.readings[Exporters.bundle("v1")]?["x"] == .init(1))
        http.close()
    }

    @Test func `a sample that no running instance exposes fails the plan, with the nearest name`() async throws {
        let exporters = try Exporters(["v1": "queue_depth 1\n"])
        let http = HTTPClient(name: "test")
        var world = DriftWorld()
        var bundle = world.bundle()
        for index in bundle.services.indices { bundle.services[index].artifact.contract.paths.metrics = "/metrics" }
        var running = bundle
        (running.digest, running.release) = (Exporters.bundle("v1"), "v1")
        func check(_ sample: String, running: Bundle?, _ instances: [Instance]) async throws -> PreflightError? {
            var environment = Environment(name: "dev", kind: .development, platform: .local, services: [])
            let place = Place(file: "environments/dev.yaml", line: 12, column: 5)
            environment.metrics = [Placed(name: "x", value: try metric(sample, .gauge), place: place)]
            do throws(PreflightError) {
                try await SeriesCheck(http: http, platform: Standing(all: instances)).check(
                    environment, bundle, running: running)
                return nil
            } catch { return error }
        }
        #expect(try await check("queue_depth", running: running, exporters.instances) == nil)
        guard case .invalid(let findings)? = try await check("queu_depth", running: running, exporters.instances) else {
            Issue.record("it is refused")
            return
        }
        #expect(findings.map(\.rule) == ["metrics.unknown"] && findings.first?.fix == "Write `queue_depth`.")
        #expect(
            findings.first?.message
                == "worker exposes no `queu_depth`, which the threshold `x` is about; it exposes `queue_depth`.")
        #expect(try await check("queu_depth", running: nil, exporters.instances) == nil)
        guard case .unreachable(let reason)? = try await check("queue_depth", running: running, []) else {
            Issue.record("it is refused")
            return
        }
        #expect(
            reason
                == "environments/dev.yaml:12: the threshold `x`: no instance of worker tells its OpenMetrics: none is running"
        )
        http.close()
    }

    @Test(arguments: [
        ("max(jobs_waiting{release=\"v1\"}) by (queue)", ["jobs_waiting"]),
        ("sum by (le) (rate(a_bucket{b=\"}\"}[5m])) / on (x) c:d", ["a_bucket", "c:d"]),
        ("a offset 5m > bool 3 or b", ["a", "b"]),
        ("histogram_quantile(0.9, sum without(x, y)(rate(h[1m])))", ["h"]),
    ]) func `the metrics of a query are told from its words`(query: String, names: [String]) {
        #expect(QueryNames.metrics(in: query) == names)
    }
}
